"""Colours, narrow screens, no scripts, the keyboard."""

import pytest
from playwright.sync_api import Page, expect

from spaceport.domain.account import Caller
from spaceport.domain.build import BuildStatus
from spaceport.domain.repo import RepoType
from spaceport.domain.stage import Stage
from spaceport.repos.repo_creation import create_repo
from spaceport_runner.contract import build_log_path
from spaceport_runner.log_file import CappedLog, now_timestamp

from ..conftest import Hub
from .conftest import Open

pytestmark = pytest.mark.browser


def test_colours_follow_the_system_until_the_visitor_chooses(hub: Hub, open_page: Open) -> None:
    def paper(page: Page) -> int:
        """How bright the page is, 0 to 255."""
        color = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return int(color.split("(")[1].split(",")[0])

    dark, light = open_page("/", dark=True), open_page("/")
    assert paper(dark) < 60
    assert paper(light) > 200

    toggle = light.locator("[data-theme-toggle]")
    toggle.click()
    toggle.click()
    assert paper(light) < 60
    light.reload()
    assert paper(light) < 60
    # Nobody's printer draws the dark behind the letters.
    light.emulate_media(media="print")
    assert light.evaluate("getComputedStyle(document.body).color") == "rgb(28, 29, 34)"
    expect(light.locator(".top")).to_be_hidden()


@pytest.mark.parametrize("width", [320, 390, 768])
def test_no_page_scrolls_sideways_on_narrow_screens(hub: Hub, open_page: Open, width: int) -> None:
    root = hub.user("root-with-a-rather-long-name", is_admin=True)
    long_name = "a-name-as-long-as-names-may-be-" + "x" * 60
    space = hub.space(root, long_name, card={"title": "W" * 80}, stage=Stage.BUILD_ERROR, stage_reason="E" * 300)
    build = hub.build(space, "M" * 200, status=BuildStatus.FAILED, reason="R" * 300)
    with CappedLog(build_log_path(hub.services.settings.data_dir, build.id), 10**6) as log:
        log.write(now_timestamp(), "L" * 2000)
    base = f"/spaces/{space.full_name}"
    model = f"/{create_repo(hub.services, Caller(root), RepoType.MODEL, long_name).full_name}"
    paths = (
        "/",
        base,
        f"{base}/logs",
        f"{base}/settings",
        f"{base}/deployments",
        f"{base}/duplicate",
        f"{base}/builds/{build.id}",
        f"{base}/tree/main",
        f"{base}/upload/main",
        f"{base}/blob/main/README.md",
        model,
        f"{model}/tree/main",
        f"{model}/settings",
        "/models",
        "/new",
        "/new-space",
        "/settings/account",
        "/settings/tokens",
        "/admin",
        *(
            f"/admin/-/{name}"
            for name in ("machines", "gateways", "wakes", "users", "audit", "storage", "errors", "settings")
        ),
        f"{base}/visits",
        "/nothing",
    )
    page = open_page("/login", root, width)
    for path in paths:
        page.goto(hub.url + path)
        page.wait_for_load_state("load")
        too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert too_wide <= 0, f"{path} is {too_wide} px too wide at {width}"


def test_pages_work_without_scripts(hub: Hub, open_page: Open) -> None:
    owner = hub.user("ada")
    page = open_page("/new-space", owner, script=False)
    page.get_by_label("Name").fill("plain")
    page.get_by_text("Static page", exact=True).click()
    page.get_by_role("button", name="Create Space").click()
    expect(page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    expect(page.locator(".with-script").first).to_be_attached()
    expect(page.locator(".with-script:visible")).to_have_count(0)

    page.get_by_role("link", name="Settings").click()
    page.get_by_text("Add a variable").click()
    page.locator("#variable-key").fill("MODEL")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#variables .entry-key")).to_have_text("MODEL")
    page.get_by_role("button", name="Pause").click()

    expect(page.get_by_role("status")).to_have_text("The Space is being stopped.")


def test_the_first_way_in_by_keyboard_alone(hub: Hub, open_page: Open) -> None:
    hub.user("ada")
    page = open_page("/login")
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type("correct horse battery")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Apps, models and data of your own")).to_be_visible()

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
