"""Templates are data: one more folder is one more kind of Space."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from spaceport.builds.planner import plan_build
from spaceport.builds.requests import BuildConfiguration, build_request
from spaceport.repos.checks import Inspection, inspect_commit
from spaceport.repos.files import Limits
from spaceport.settings import Settings
from spaceport.web.new_space_page import sdk_tiles
from spaceport_runner.template import Template, load_templates, sdks_of, template_for
from spaceport_runner.template_requirements import template_requirements
from tests.unit.factories import NOW, make_build, make_push, make_space
from tests.unit.test_checks import SANDBOX, Tree

SHIPPED = Path(__file__).parents[2] / "templates"
SHINY = """
sdk = "shiny"
title = "Shiny"
description = "Reactive pages in Python."
dockerfile = "../gradio/Dockerfile"
default_app_file = "app.py"
default_app_port = 8000
default_sdk_version = "1.2.0"
requirements = ["shiny=={sdk_version}"]
dependency_files = ["requirements.txt"]
command = ["shiny", "run", "--port", "{app_port}", "{app_file}"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The templates that ship, and one more."""
    shutil.copytree(SHIPPED, tmp_path / "templates")
    (tmp_path / "templates" / "shiny").mkdir()
    (tmp_path / "templates" / "shiny" / "template.toml").write_text(SHINY)
    return tmp_path / "templates"


def push(templates: Mapping[str, Template], card: str, app_file: str = "app.py") -> Inspection:
    tree = Tree({"README.md": f"---\n{card}\n---\n", app_file: "", "requirements.txt": "numpy\n"})
    return inspect_commit(tree, (SANDBOX,), templates, Limits(1000))


def test_a_folder_more_is_an_sdk_more(folder: Path) -> None:
    templates = load_templates(folder)

    assert sdks_of(templates) == ("gradio", "docker", "streamlit", "static", "shiny")
    assert push(templates, "sdk: shiny").problems == ()
    assert push(templates, "sdk: shinier").problems == (
        'README.md: "sdk" must be one of [gradio, docker, streamlit, static, shiny]; given: shinier',
    )
    assert push(templates, "sdk: shiny", "main.py").problems[0].startswith("no application file: looked for app.py")
    assert [tile.title for tile in sdk_tiles(templates.values(), dockerfile=True)][-1] == "Shiny"


def test_the_template_says_how_it_is_built_and_started(folder: Path) -> None:
    templates = load_templates(folder)
    template = template_for(templates, "shiny")
    assert template is not None
    card = push(templates, "sdk: shiny\nsdk_version: 1.1.0").card
    assert card is not None
    pushed = make_push(card=card.raw)
    planned = plan_build(make_space(), pushed, (), template, NOW, 60)
    request = build_request(make_space(), pushed, make_build(), template, Settings(), "secret", BuildConfiguration())

    assert planned.create is not None
    assert (request.template, request.sdk, request.app_file, request.app_port) == ("shiny", "shiny", "app.py", 8000)
    assert template_requirements(template, request, "numpy\n") == ["shiny==1.1.0"]
    assert template.command_for("app.py", 8000) == ["shiny", "run", "--port", "8000", "app.py"]


def test_a_borrowed_dockerfile_counts_as_the_templates_own(folder: Path) -> None:
    before = load_templates(folder)["shiny"]
    with open(folder / "gradio" / "Dockerfile", "a") as file:
        file.write("# changed\n")

    assert before.dockerfile_path.read_text() == (folder / "gradio" / "Dockerfile").read_text()
    assert load_templates(folder)["shiny"].digest != before.digest


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (SHINY.replace("../gradio/Dockerfile", "../../../etc/passwd"), "no ../../../etc/passwd among the templates"),
        (SHINY.replace("../gradio/Dockerfile", "../gradio/Nofile"), "no ../gradio/Nofile among the templates"),
        (SHINY.replace('"shiny"\n', '"gradio"\n', 1), "for the same sdk"),
        (SHINY + "colour = 1\n", "template shiny: .*colour"),
    ],
)
def test_a_template_that_makes_no_sense_says_so(folder: Path, text: str, complaint: str) -> None:
    (folder / "shiny" / "template.toml").write_text(text)

    with pytest.raises(ValueError, match=complaint):
        load_templates(folder)


def test_streamlit_listens_where_the_card_says() -> None:
    streamlit = load_templates(SHIPPED)["streamlit"]

    assert streamlit.command_for("src/app.py", 8501)[:5] == ["streamlit", "run", "src/app.py", "--server.port", "8501"]
