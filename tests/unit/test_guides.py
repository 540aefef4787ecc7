"""The guides of ``/docs``: each renders, each link leads somewhere, and what they name exists."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.routing import Match

from spaceport.cli.commands import main
from spaceport.domain.card import KNOWN
from spaceport.domain.names import check_namespace
from spaceport.domain.repo_card import DATASET_RULES, MODEL_RULES
from spaceport.domain.stage import Stage
from spaceport.errors import InvalidName
from spaceport.hub_app import make_app
from spaceport.settings import OF_CLIENTS, PREFIX, Settings
from spaceport.web.guides import CONTENTS, FOLDER, load_guides, search_guides
from tests.unit.services import make_bench

GUIDES = load_guides()
_PAGES = Path(__file__).parents[2] / "platform/spaceport/web/pages"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return make_app(make_bench(tmp_path_factory.mktemp("docs")).services)


def text_of(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text()


def leads_somewhere(app: FastAPI, path: str) -> bool:
    """To a page with an address of its own: models and what is not there have patterns that fit everything."""

    def fits(routes: list[Any]) -> bool:
        for route in routes:
            inner = getattr(route, "original_router", None)
            if inner is not None:
                if fits(inner.routes):
                    return True
            elif not getattr(route, "path", "/{").startswith("/{"):
                scope = {"type": "http", "method": "GET", "path": path, "headers": []}
                if route.matches(scope)[0] is Match.FULL:
                    return True
        return False

    return fits(app.routes)


def keys_in(text: str) -> set[str]:
    """What stands as code in the first columns of tables."""
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    return {key for row in rows for key in re.findall(r"`([^`]+)`", row.split("|")[1])}


def test_every_file_is_in_the_contents_list_and_begins_with_a_title_and_a_plain_summary() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} == {name for _, names in CONTENTS for name in names}
    for name, guide in GUIDES.items():
        lines = text_of(name).splitlines()
        assert lines[0].startswith("# "), name
        assert not re.search(r"[`*\[]", lines[2]), f"{name}: the summary has markup"
        assert lines[2] in guide.summary, name
        assert "<h1" in guide.html, name


def test_every_link_of_a_guide_leads_to_a_page_and_a_section(app: FastAPI) -> None:
    links = {(name, link) for name, guide in GUIDES.items() for link in re.findall(r'href="([^"]+)"', guide.html)}
    assert links
    for name, target in sorted(links):
        path, _, anchor = target.removeprefix("HUB_URL").partition("#")
        guide = GUIDES.get(path.removeprefix("/docs/") if path else name)
        if path.startswith("/docs/") or not path:
            assert guide is not None, target
            assert not anchor or anchor in {section.anchor for section in guide.sections}, target
        else:
            assert leads_somewhere(app, path), target


def test_every_link_of_a_page_to_a_guide_leads_to_one_and_its_section() -> None:
    found = [
        link for page in _PAGES.glob("*.html") for link in re.findall(r"/docs/([\w-]+)(?:#([\w-]+))?", page.read_text())
    ]

    assert found
    for name, anchor in found:
        assert name in GUIDES, name
        assert not anchor or anchor in {section.anchor for section in GUIDES[name].sections}, f"{name}#{anchor}"


def test_the_front_matter_guide_has_each_key_and_no_other() -> None:
    text = text_of("front-matter")
    spaces, repos = text.split("## Models and datasets")
    models, datasets = repos.split("### Datasets only")
    both = keys_in(models.split("### Models only")[0])
    without_effect = re.search(r"Known and without effect[^:]*: (.*)", spaces)
    assert without_effect is not None

    assert keys_in(spaces) | set(re.findall(r"`([^`]+)`", without_effect[1])) == KNOWN
    assert both | keys_in(models.split("### Models only")[1]) == set(MODEL_RULES)
    assert both | keys_in(datasets) == set(DATASET_RULES)


def test_settings_stages_and_commands_that_guides_name_exist() -> None:
    settings = {f"{PREFIX}{each.name.upper()}" for each in fields(Settings)} | set(OF_CLIENTS)
    for name in GUIDES:
        text = text_of(name)
        assert set(re.findall(r"\bSPACEPORT_[A-Z_]+", text)) <= settings, name
        for words in re.findall(r"^ *spaceport ((?:[a-z]+ ?)+)", text, re.MULTILINE):
            first, *more = words.split()
            command = main.commands[first]
            assert not isinstance(command, click.Group) or more[0] in command.commands, words
    stages = set(re.findall(r"`([A-Z_]+)`", "".join(re.findall(r"^\| `.*", text_of("logs"), re.MULTILINE))))
    assert stages
    assert stages <= set(Stage)
    assert all(f"{each}</code>" in GUIDES["settings"].html for each in settings - set(OF_CLIENTS))


def test_commands_carry_the_address_of_the_hub(app: FastAPI) -> None:
    answer = TestClient(app).get("/docs/first-space")

    assert answer.status_code == 200
    assert f"HF_ENDPOINT={app.state.services.settings.hub}" in re.sub(r"<[^>]+>", "", answer.text)
    assert not re.search(r"\b(HUB_URL|HUB_HOST|APP_URL)\b", answer.text)
    assert f"{PREFIX}HUB_URL" in TestClient(app).get("/docs/settings").text, "a setting keeps its name"
    assert TestClient(app).get("/docs/nothing-of-that-name").status_code == 404


def test_each_section_links_to_itself_and_each_block_of_code_is_copied_with_a_button(app: FastAPI) -> None:
    for name, guide in GUIDES.items():
        linked = re.findall(r'<h[2-6] id="([^"]+)"><a href="#([^"]+)"', guide.html)
        assert linked == [(each.anchor, each.anchor) for each in guide.sections], name
    page = TestClient(app).get("/docs/first-space", headers={"Accept-Language": "zh-CN"}).text

    boxes = re.findall(r'<div class="copy-box"><pre><code>.*?</code></pre><button [^>]*lang="zh-CN">复制<', page, re.S)
    assert len(boxes) == page.count("<pre>") == GUIDES["first-space"].html.count("<pre>") > 0


def test_a_search_finds_sections_by_their_words() -> None:
    found = search_guides("/data QUOTA")

    assert ("storage", "data") in {(each.guide.name, each.section.anchor) for each in found}
    assert search_guides("  ") == []
    assert search_guides("xyzzy") == []


def test_nobody_is_called_docs() -> None:
    with pytest.raises(InvalidName):
        check_namespace("Docs")
