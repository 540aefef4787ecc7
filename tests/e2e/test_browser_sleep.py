"""Sleep and logs as people see them: a page that wakes what sleeps, and a log in two browsers at once (S5, S7)."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Workshop
from tests.e2e.rows import instances_of
from tests.e2e.test_browser import PATIENCE_MS, sign_in
from tests.e2e.test_browser import page as page
from tests.e2e.test_faults import wait_until_back
from tests.e2e.test_sleep import freezes_and_stops

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

TALKATIVE = """
import itertools, threading, time
import gradio as gr

def talk():
    for number in itertools.count():
        print("line", number, flush=True)
        time.sleep(1)

threading.Thread(target=talk, daemon=True).start()
gr.Interface(str, "text", "text").launch()
"""


def test_a_page_that_is_opened_wakes_its_app_and_becomes_it(workshop: Workshop, page: Page) -> None:
    platform = workshop.platform
    space, _repo = workshop.running("dozing", "hello-gradio")
    host = platform.info(space)["host"]

    for number, (address, app) in enumerate(
        [(f"{platform.hub}/spaces/{space}", page.frame_locator("[data-frame]")), (host, page)]
    ):
        freezes_and_stops(platform, space)
        page.goto(address)
        app.get_by_label("Name").fill("Grace", timeout=PATIENCE_MS)
        app.get_by_role("button", name="Submit").press("Enter")
        expect(app.get_by_label("Greeting")).to_have_value("Hello, Grace!", timeout=PATIENCE_MS)
        assert len(instances_of(platform, space)) == number + 2, "one more instance for each wake"


def test_a_log_is_followed_in_two_browsers_through_a_kill(workshop: Workshop, page: Page) -> None:
    platform = workshop.platform
    space, repo = workshop.space("announced")
    browser = page.context.browser
    assert browser
    pages = [page, browser.new_page()]
    sign_in(pages[1], platform)
    for each in pages:
        each.goto(f"{platform.hub}/spaces/{space}/logs?show=build")

    sha = repo.copy_sample("hello-gradio").write(**{"app.py": TALKATIVE}).commit()
    repo.push("-o", "nowait", "main")

    for each in pages:
        expect(each.get_by_text(f"Commit SHA: {sha[:7]}")).to_be_visible(timeout=PATIENCE_MS)
    platform.wait_for_stage(space, "RUNNING")
    for each in pages:
        each.goto(f"{platform.hub}/spaces/{space}/logs?show=run")
        expect(each.get_by_text("line 3", exact=True)).to_be_visible(timeout=PATIENCE_MS)
    wait_until_back(platform, "hub", platform.kill("hub"))
    known = max(max(numbers_on(each)) for each in pages)
    for each in pages:
        expect(each.get_by_text(f"line {known + 5}", exact=True)).to_be_visible(timeout=PATIENCE_MS)
        numbers = numbers_on(each)
        assert numbers == list(range(numbers[-1] + 1)), "each line once"


def numbers_on(page: Page) -> list[int]:
    """The app's lines that the page shows."""
    return [int(number) for number in re.findall(r"line (\d+)$", page.get_by_role("log").inner_text(), re.MULTILINE)]
