"""Every kind of page, audited by axe-core in a real browser: by light and in the dark."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from tests.axe import grave_faults
from tests.chromium import chromium

from spaceport.domain.account import User

from .conftest import Hub, run_hub
from .spoken import SpokenText
from .town import Town, build_town

pytestmark = [pytest.mark.browser, pytest.mark.axe, pytest.mark.timeout(900)]
#: Pages whose words take their room: heads, lists, tables, forms.
_MAIN_PAGES = ("home", "space-error", "deployments", "settings", "model", "admin")
_ENGLISH_SENTENCE = re.compile(r"\b[A-Za-z]?[a-z]+ [a-z]+ [a-z]+\b")
#: Rules whose answer depends on colours; all others say the same in both.
_OF_COLOURS = ["color-contrast", "link-in-text-block"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, apps_port: int) -> Iterator[Hub]:
    folder: Path = tmp_path_factory.mktemp("audit")
    with run_hub(folder / "data", apps_port) as running:
        yield running


@pytest.fixture(scope="module")
def town(hub: Hub) -> Town:
    return build_town(hub)


def context_of(browser: Browser, hub: Hub, user: User | None, locale: str = "en") -> BrowserContext:
    context = browser.new_context(reduced_motion="reduce", locale=locale)
    if user is not None:
        cookies = hub.browser(user).cookies
        context.add_cookies([{"name": name, "value": value, "url": hub.url} for name, value in cookies.items()])
    return context


def faults_of(page: Page) -> list[str]:
    """As it comes, and with all that folds open: an open menu covers what is below it, which axe then passes over."""
    faults = []
    for is_open in (False, True):
        for details in page.locator("details").all() if is_open else ():
            details.evaluate("element => { element.open = true; }")
        for colours in ("light", "dark"):
            page.emulate_media(color_scheme=colours)  # type: ignore[arg-type]
            found = grave_faults(page, _OF_COLOURS if colours == "dark" else None)
            faults += [f"{'open, ' if is_open else ''}{colours}: {fault}" for fault in found]
    return faults


def test_an_audit_sees_what_is_wrong_with_a_page(browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.set_content(
            "<!doctype html><title>x</title><img src='x'><p style='color: #999; background: #aaa'>grey</p>"
        )
        rules = {fault.split(": ")[1] for fault in faults_of(page)}

    assert {"image-alt", "color-contrast", "html-has-lang"} <= rules


def test_axe_finds_nothing_serious_on_any_page(browser: Browser, hub: Hub, town: Town) -> None:
    users = {view.user.name if view.user else "": view.user for view in town.views.values()}
    faults: list[str] = []
    for name, user in users.items():
        with context_of(browser, hub, user) as context:
            for kind, view in town.views.items():
                if (view.user.name if view.user else "") != name:
                    continue
                page = context.new_page()
                page.goto(hub.url + view.path, wait_until="domcontentloaded")
                faults += [f"{kind}: {fault}" for fault in faults_of(page)]
                page.close()
    assert faults == []


def test_axe_finds_nothing_serious_on_chinese_pages_and_their_times_are_chinese(
    browser: Browser, hub: Hub, town: Town
) -> None:
    faults: list[str] = []
    with context_of(browser, hub, town.root, "zh-CN") as context:
        for kind in _MAIN_PAGES:
            page = context.new_page()
            page.goto(hub.url + town.views[kind].path, wait_until="domcontentloaded")
            faults += [f"{kind}: {fault}" for fault in grave_faults(page)]
            times = [text for text in page.locator("time").all_inner_texts() if re.search("[A-Za-z]{2}", text)]
            faults += [f"{kind}: {text}" for text in times]
            page.close()
    assert faults == []


def test_nothing_of_ours_stays_english_on_a_chinese_page(hub: Hub, town: Town) -> None:
    left: list[str] = []
    for kind, view in town.views.items():
        answer = hub.browser(view.user).get(view.path, headers={"Accept-Language": "zh-CN"}, follow_redirects=True)
        page = SpokenText(answer.text)
        left += [f"{kind}: {text}" for text in page.said if _ENGLISH_SENTENCE.search(text)]
        left += [f"{kind}: lang={page.language}"] if page.language != "zh-CN" else []
    assert not left, "\n".join(sorted(set(left)))
