"""What a Space's page offers to copy."""

import re
import shlex

import pytest

from spaceport.web.space_snippets import agents_text, api_snippets, component_snippet, docker_snippet

from .factories import make_space

URL = "http://127.64.0.1:8000"


def test_javascript_is_given_the_address_because_names_are_looked_up_elsewhere() -> None:
    [javascript] = [each for each in api_snippets(make_space(), URL, "http://hub") if "@gradio/client" in each.code]

    assert f'Client.connect("{URL}")' in javascript.code


@pytest.mark.parametrize(
    ("version", "path"), [("4.44.1", "/info"), ("5.49.1", "/gradio_api/info"), ("", "/gradio_api/info")]
)
def test_the_api_of_old_gradio_is_at_the_root(version: str, path: str) -> None:
    space = make_space(card={"sdk_version": version})

    assert any(f"curl {URL}{path}\n" in each.code for each in api_snippets(space, URL, "http://hub"))
    assert f"API schema: GET {URL}{path}\n" in agents_text(space, URL)


def test_calls_of_a_private_space_carry_a_token() -> None:
    calls = [each.code for each in api_snippets(make_space(private=True), URL, "http://hub") if URL in each.code]

    assert len(calls) == 3
    assert all("token" in call.lower() for call in calls)


def test_calls_of_a_protected_space_need_no_token_but_its_name_is_for_those_who_see_it() -> None:
    snippets = api_snippets(make_space(private=True, is_app_open=True), URL, "http://hub")

    assert not any("token" in each.code.lower() for each in snippets)
    assert [each.label for each in snippets if "those who may see the code" in each.words] == ["Python code by name"]


def test_the_component_of_gradio_comes_from_the_app_itself() -> None:
    code = component_snippet(make_space(), URL)

    assert f'<gradio-app src="{URL}">' in code
    assert set(re.findall(r"https?://[^\"/]+", code)) == {URL}
    assert r"/\/assets\/index-[\w-]+\.js/" in code
    assert component_snippet(make_space(sdk="streamlit"), URL) == ""


@pytest.mark.parametrize("sdk", ["docker", "static", "streamlit"])
def test_only_gradio_spaces_are_said_to_have_endpoints(sdk: str) -> None:
    assert [each.code for each in api_snippets(make_space(sdk=sdk), URL, "http://hub")] == [f"curl {URL}/"]


def test_running_with_docker_builds_the_dockerfile_of_a_docker_space() -> None:
    space = make_space(sdk="docker", card={"app_port": 8501})

    assert docker_snippet(space, "http://hub/spaces/ada/demo", {"MODE": "a b"}, ["KEY"]).splitlines() == [
        "git clone http://hub/spaces/ada/demo",
        "cd demo",
        "docker build -t demo .",
        "docker run -it --rm -p 7860:8501 -e 'MODE=a b' -e KEY demo",
    ]


@pytest.mark.parametrize("key", ["app_file", "python_version", "sdk_version", "app_port"])
@pytest.mark.parametrize("sdk", ["gradio", "streamlit", "docker"])
def test_what_a_card_says_is_no_command_for_whoever_copies_it(key: str, sdk: str) -> None:
    space = make_space(sdk=sdk, card={key: "x; touch /tmp/harm #"})

    words = shlex.split(docker_snippet(space, "URL", {"A": "$(harm)"}, []).replace("\\\n", " "), comments=True)

    assert "touch" not in words
    assert "harm" not in words
    inner = [word for word in words if word.startswith("if [ -s packages.txt ]")]
    assert all("touch" not in shlex.split(word, comments=True) for word in inner)
