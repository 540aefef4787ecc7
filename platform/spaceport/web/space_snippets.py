"""Commands and code that use a Space from elsewhere, to be copied from its page. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from shlex import quote

from spaceport.domain.space import Space
from spaceport.domain.visibility import Visibility
from spaceport.translating import gettext
from spaceport.web.app_endpoints import Endpoint
from spaceport.web.call_snippets import USUAL, curl_calls, javascript_call, python_call

#: The port of a Space's app inside its container, where its card names none.
_APP_PORT = 7860
_PYTHON_VERSION = "3.11"


@dataclass(frozen=True)
class Snippet:
    """``words`` stand above the code, ``label`` tells screen readers what is copied."""

    words: str
    label: str
    code: str


def api_snippets(space: Space, client_url: str, hub: str, endpoints: Sequence[Endpoint] = ()) -> list[Snippet]:
    """
    How programs call the app; ``endpoints`` are those that it told of, the first one is called.

    JavaScript gets the address: ``@gradio/client`` looks names up on the public Hub only.

    Source: Gradio guides, "Querying Gradio Apps with Curl" and "Getting Started with the JavaScript client".
    """
    secret = "hf_…" if space.is_app_private else ""
    if space.sdk != "gradio":
        header = '-H "Authorization: Bearer $HF_TOKEN" ' if secret else ""
        return [
            Snippet(
                gettext("It answers over HTTP, at the root of its own address:"),
                gettext("curl command"),
                f"curl {header}{client_url}/",
            )
        ]
    api = client_url + gradio_path(space)
    endpoint = endpoints[0] if endpoints else USUAL
    # The name is looked up in the repo, which stays private where only the app is open.
    return [
        Snippet(
            gettext("Python, with gradio_client:"), gettext("Python code"), python_call(client_url, secret, endpoint)
        ),
        Snippet(
            gettext("Python, by name (for those who may see the code), with HF_ENDPOINT set to this hub:")
            if space.visibility is Visibility.PROTECTED
            else gettext("Python, by name, with HF_ENDPOINT set to this hub:"),
            gettext("Python code by name"),
            f"export HF_ENDPOINT={hub}\npython -c 'from gradio_client import Client; "
            f'Client("{space.full_name}").view_api()\'',
        ),
        Snippet(
            gettext("JavaScript, with @gradio/client:"),
            gettext("JavaScript code"),
            javascript_call(client_url, secret, endpoint),
        ),
        Snippet(
            gettext("curl, in two steps: the call, then its result:"),
            gettext("curl commands"),
            curl_calls(api, secret, endpoint),
        ),
        Snippet(
            gettext("An agent that writes code reads this:"),
            gettext("command for agents"),
            f"curl {hub}/spaces/{space.full_name}/agents.md",
        ),
    ]


def agents_text(space: Space, app_url: str) -> str:
    """
    How a program that reads instructions calls the app.

    Source: Hub docs, "Spaces as Agent Tools" (spaces-agents).
    """
    about = " ".join(str(space.card.get("short_description") or space.title).split())
    api = app_url + gradio_path(space)
    return (
        f"To use this application ({space.full_name}: {about}):\n"
        f"API schema: GET {api}/info\n"
        f'Call endpoint: POST {api}/call/{{endpoint}} {{"data": [...]}}\n'
        f"Poll result: GET {api}/call/{{endpoint}}/{{event_id}}\n"
        f"File inputs: POST {api}/upload -F files=@file\n"
        "Auth: Bearer $HF_TOKEN\n"
    )


def component_snippet(space: Space, app_url: str) -> str:
    """
    The app as Gradio's web component in somebody's page; empty where it has none.

    Its script is taken from the app itself, so that the versions match and no other server is needed. The name of the
    script differs from version to version: the page of the app has it.

    Source: Gradio guide, "Sharing Your App" ("Embedding Web Components"), which takes the script from Gradio's servers.
    """
    if space.sdk != "gradio":
        return ""
    return (
        f'<gradio-app src="{app_url}"></gradio-app>\n'
        '<script type="module">\n'
        f'  const page = await (await fetch("{app_url}")).text();\n'
        f'  await import("{app_url}" + page.match(/\\/assets\\/index-[\\w-]+\\.js/)[0]);\n'
        "</script>"
    )


def docker_snippet(space: Space, git_url: str, variables: dict[str, str], secrets: list[str]) -> str:
    """
    The same app in a container of one's own, from a clone: nothing but the Docker Engine is needed.

    ``secrets`` are passed on by name, so that each comes from the environment of whoever runs it. All that a card says
    is quoted: whoever copies a command runs it.
    """
    given = {} if space.sdk == "static" else variables
    environment = [f"-e {quote(f'{name}={value}')}" for name, value in given.items()]
    environment += [f"-e {name}" for name in secrets]
    return "\n".join([f"git clone {git_url}", f"cd {space.name}", *_docker_run(space, " ".join(environment))])


def _docker_run(space: Space, environment: str) -> list[str]:
    spaced = f"{environment} " if environment else ""
    if space.sdk == "docker":
        image, port = space.name.lower(), space.card.get("app_port")
        inner = port if isinstance(port, int) else _APP_PORT
        return [f"docker build -t {image} .", f"docker run -it --rm -p 7860:{inner} {spaced}{image}"]
    if space.sdk == "static":
        return ['docker run -it --rm -p 7860:80 -v "$PWD":/usr/share/nginx/html:ro nginx']
    app_file = quote(str(space.card.get("app_file") or "app.py"))
    version = str(space.card.get("sdk_version") or "")
    package = f"{space.sdk}=={version}" if version else space.sdk
    start = f"python {app_file}"
    if space.sdk == "streamlit":
        start = f"streamlit run {app_file} --server.port 7860 --server.address 0.0.0.0"
    python = quote(f"python:{space.card.get('python_version') or _PYTHON_VERSION}")
    steps = [
        "if [ -s packages.txt ]; then apt-get update && xargs -a packages.txt apt-get install -y; fi",
        f"pip install {quote(package)} $(test -f requirements.txt && echo -r requirements.txt)",
        start,
    ]
    return [
        f'docker run -it --rm -p 7860:7860 -v "$PWD":/app -w /app -e GRADIO_SERVER_NAME=0.0.0.0 {spaced}\\',
        f"  {python} sh -c {quote(' && '.join(steps))}",
    ]


def gradio_path(space: Space) -> str:
    """Gradio 4 and older answer at the root. Source: Gradio changelog, 5.0.0 ("/gradio_api/")."""
    major = str(space.card.get("sdk_version") or "").split(".")[0]
    return "" if major.isdigit() and int(major) < 5 else "/gradio_api"
