"""A person's way through the pages, in a real Chromium: push, wait, type into the app, read the answer."""

import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.e2e.conftest import Workshop
from tests.e2e.platform import Platform

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
PATIENCE_MS = 180_000


@pytest.fixture
def page(platform: Platform) -> Iterator[Page]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        page = browser.new_page()
        sign_in(page, platform)
        yield page
        browser.close()


def sign_in(page: Page, platform: Platform) -> None:
    page.goto(f"{platform.hub}/login")
    page.get_by_label("name", exact=False).first.fill(platform.name)
    page.locator("input[type=password]").fill(platform.password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def test_push_watch_it_come_up_and_use_it_without_reloading(workshop: Workshop, page: Page) -> None:
    platform = workshop.platform
    space, repo = workshop.space("watched")
    page.goto(f"{platform.hub}/spaces/{space}")
    expect(page.get_by_text("No application file").first).to_be_visible()

    repo.copy_sample("hello-gradio").commit()
    repo.push("-o", "nowait", "main")

    expect(page.get_by_text("Running").first).to_be_visible(timeout=PATIENCE_MS)
    app = page.frame_locator("iframe").first
    app.get_by_label("Name").fill("Grace", timeout=PATIENCE_MS)
    app.get_by_role("button", name="Submit").click()
    expect(app.get_by_label("Greeting")).to_have_value("Hello, Grace!", timeout=PATIENCE_MS)


def test_the_logs_of_a_failed_build_are_read_in_the_page(workshop: Workshop, page: Page) -> None:
    platform = workshop.platform
    space, repo = workshop.space("readable")
    repo.copy_sample("broken-build").commit_and_push()
    platform.wait_for_stage(space, "BUILD_ERROR")

    page.goto(f"{platform.hub}/spaces/{space}/logs")

    expect(page.get_by_text("dependency not found").first).to_be_visible()
    expect(page.get_by_text(re.compile("No solution found")).first).to_be_visible(timeout=PATIENCE_MS)


def test_the_admin_sees_the_space_and_stops_it(workshop: Workshop, page: Page) -> None:
    platform = workshop.platform
    space, _repo = workshop.running("supervised")

    page.goto(f"{platform.hub}/admin")
    row = page.locator("tr", has_text=space)
    expect(row.get_by_text("Running")).to_be_visible()
    row.get_by_role("button", name="Stop").click()

    expect(page.locator("tr", has_text=space).get_by_text(re.compile("Paused|Stopped"))).to_be_visible(
        timeout=PATIENCE_MS
    )
    assert platform.runtime(space)["stage"] in ("PAUSED", "STOPPED")


def test_cancelling_a_build_from_the_admin_page(workshop: Workshop, page: Page) -> None:
    from tests.e2e.test_faults import write_slow_space

    platform = workshop.platform
    space, repo = workshop.space("cancelled")
    write_slow_space(repo).commit()
    repo.push("-o", "nowait", "main")

    page.goto(f"{platform.hub}/admin")
    page.get_by_role("button", name="Cancel").first.click(timeout=PATIENCE_MS)

    runtime = platform.wait_for_stage(space, "BUILD_ERROR")
    assert "cancelled" in runtime["errorMessage"]
