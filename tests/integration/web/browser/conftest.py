"""A browser for these tests, and a hub for each of them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from tests.chromium import chromium

from spaceport.domain.account import User

from ..conftest import Hub, run_hub

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def hub(tmp_path: Path, apps_port: int) -> Iterator[Hub]:
    """One for each test: a browser ends its streams when it likes to, after the test is over."""
    with run_hub(tmp_path / "data", apps_port) as running:
        yield running


@pytest.fixture
def open_page(browser: Browser, hub: Hub) -> Iterator[Open]:
    """Opens a page, signed in when a user is given; fails when a script or the policy complained."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_it(
        path: str, user: User | None = None, width: int = 1280, dark: bool = False, script: bool = True
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
        )
        contexts.append(context)
        if user is not None:
            cookies = hub.browser(user).cookies
            context.add_cookies([{"name": name, "value": value, "url": hub.url} for name, value in cookies.items()])
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        page.goto(hub.url + path)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert complaints == []
