"""What a template adds to the requirements of a Space."""

from pathlib import Path

import pytest

from spaceport_runner.contract import BuildRequest
from spaceport_runner.engines.engine import BuildFailed
from spaceport_runner.template import Template
from spaceport_runner.template_requirements import template_requirements
from tests.unit.factories import make_request


def request(sdk_version: str | None = None) -> BuildRequest:
    return make_request(sdk_version=sdk_version)


def template(default_sdk_version: str | None = "6.0.0") -> Template:
    return Template(
        name="gradio",
        sdk="gradio",
        title="Gradio",
        path=Path("/none"),
        digest="",
        default_sdk_version=default_sdk_version,
        requirements=("gradio[oauth]=={sdk_version}", "spaces"),
        requirements_before={"5.23": ["pydantic<2.11"], "5.40": ["huggingface_hub<1"]},
    )


def test_the_cards_version_goes_before_the_templates() -> None:
    assert template_requirements(template(), request("5.50.0"), "") == ["gradio[oauth]==5.50.0", "spaces"]
    assert template_requirements(template(), request(), "") == ["gradio[oauth]==6.0.0", "spaces"]


def test_the_cards_version_goes_before_the_requirements_file_so_that_a_conflict_is_seen() -> None:
    assert template_requirements(template(), request("6.1.0"), "gradio==5.50.0\n")[0] == "gradio[oauth]==6.1.0"


@pytest.mark.parametrize(
    ("own", "asked"),
    [
        ("six\ngradio==5.50.0 # newest five\n", "gradio[oauth]==5.50.0"),
        ("Gradio [mcp] == 5.50.0 ; python_version > '3'", "gradio[oauth]==5.50.0"),
        ("gradio>=5,<6", "gradio[oauth]"),
        ("gradio @ git+https://git.test/gradio", "gradio[oauth]"),
        ("gradio\ngradio_client==1.0\n", "gradio[oauth]==6.0.0"),
        ("# gradio==4.0.0\n--extra-index-url x\n", "gradio[oauth]==6.0.0"),
    ],
)
def test_without_a_version_in_the_card_the_requirements_file_decides(own: str, asked: str) -> None:
    assert template_requirements(template(), request(), own)[0] == asked


def test_old_versions_are_kept_from_dependencies_that_are_too_new_for_them() -> None:
    assert template_requirements(template(), request("4.44.1"), "")[2:] == ["pydantic<2.11", "huggingface_hub<1"]
    assert template_requirements(template(), request("5.23.0"), "")[2:] == ["huggingface_hub<1"]
    assert template_requirements(template(), request("5.40.0"), "")[2:] == []
    assert template_requirements(template(), request(), "gradio==5.9.1")[2:] == ["pydantic<2.11", "huggingface_hub<1"]


def test_what_a_space_says_about_such_a_dependency_itself_counts() -> None:
    assert template_requirements(template(), request("4.44.1"), "HuggingFace-Hub==1.0\n")[2:] == ["pydantic<2.11"]
    assert template_requirements(template(), request("4.44.1"), "pydantic>=2\n")[2:] == ["huggingface_hub<1"]


def test_a_package_that_is_named_without_a_version_is_held_back_too() -> None:
    assert "pydantic<2.11" in template_requirements(template(), request("4.44.1"), "pydantic\n")


def test_a_template_without_any_version_is_refused_in_plain_words() -> None:
    with pytest.raises(BuildFailed, match="sdk_version"):
        template_requirements(template(default_sdk_version=None), request(), "")
