"""Code that calls an endpoint of a Gradio app. Pure; what the app says is quoted: whoever copies code runs it."""

import json
import keyword
from shlex import quote
from typing import Any

from spaceport.web.app_endpoints import Endpoint, Parameter

#: Where nobody could ask the app: what most apps have.
USUAL = Endpoint("/predict", (Parameter("", "str", "Hello"),))
_FILE = "https://example.org/a-file"


def python_call(client_url: str, secret: str, endpoint: Endpoint) -> str:
    token = f", token={_text(secret)}" if secret else ""
    has_names = all(each.name and not keyword.iskeyword(each.name) for each in endpoint.parameters)
    names = [f"{each.name}=" if has_names else "" for each in endpoint.parameters]
    values = [f"handle_file({_text(_FILE)})" if each.is_file else _python(each.example) for each in endpoint.parameters]
    given = [f"{name}{value}" for name, value in zip(names, values, strict=True)]
    has_files = any(each.is_file for each in endpoint.parameters)
    return (
        f"from gradio_client import Client{', handle_file' if has_files else ''}\n\n"
        f'client = Client("{client_url}"{token})\n'
        "client.view_api()  # names the endpoints and what they take\n"
        f'print(client.predict({"".join(f"{each}, " for each in given)}api_name="{endpoint.name}"))'
    )


def javascript_call(client_url: str, secret: str, endpoint: Endpoint) -> str:
    token = f', {{ token: "{secret}" }}' if secret else ""
    values = [f"handle_file({_text(_FILE)})" if each.is_file else _text(each.example) for each in endpoint.parameters]
    has_files = any(each.is_file for each in endpoint.parameters)
    return (
        f'import {{ Client{", handle_file" if has_files else ""} }} from "@gradio/client";\n\n'
        f'const app = await Client.connect("{client_url}"{token});\n'
        "console.log(await app.view_api());\n"
        f'const {{ data }} = await app.predict("{endpoint.name}", [{", ".join(values)}]);'
    )


def curl_calls(api: str, secret: str, endpoint: Endpoint) -> str:
    """``api`` is the address before ``/call``."""
    header = ' -H "Authorization: Bearer $HF_TOKEN"' if secret else ""
    data = [
        {"path": _FILE, "meta": {"_type": "gradio.FileData"}} if each.is_file else each.example
        for each in endpoint.parameters
    ]
    body = quote(_text({"data": data}))
    return (
        f"curl{header} {api}/info\n"
        f"curl{header} {api}/call{endpoint.name} -H 'Content-Type: application/json' -d {body}\n"
        f"curl -N{header} {api}/call{endpoint.name}/EVENT_ID"
    )


def _python(value: Any) -> str:
    """A text of JSON is one of Python, too, and has the quotes that all the code has."""
    return _text(value) if isinstance(value, str) else repr(value)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
