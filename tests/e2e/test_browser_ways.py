"""The ways people go once they have a Space, in a real Chromium: mend it, change it, take it back; and an admin's."""

import re
from contextlib import suppress
from time import monotonic

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, expect

from tests.chromium import chromium
from tests.e2e.conftest import Workshop
from tests.e2e.platform import Platform, Repo
from tests.e2e.test_browser import PATIENCE_MS, sign_in
from tests.e2e.test_browser import page as page
from tests.e2e.test_builds import PASSWORD, token_of_another

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(900),
    # Nothing of this is the engine's, and starts cost time.
    pytest.mark.parametrize("platform", [pytest.param("sandbox", marks=pytest.mark.registry)], indirect=True),
]

GREETER = """\
import gradio as gr

gr.Interface(lambda name: f"{word}, {{name}}!", gr.Textbox(label="Name"), gr.Textbox(label="Greeting")).launch()
"""


def greeted(page: Page, address: str, greeting: str) -> None:
    """Open the page of the Space and use its app until it says so: a new version takes over after a while."""

    def is_said() -> None:
        page.goto(address)
        app = page.frame_locator("[data-frame]")
        app.get_by_label("Name").fill("Grace", timeout=PATIENCE_MS)
        app.get_by_role("button", name="Submit").press("Enter")
        expect(app.get_by_label("Greeting")).to_have_value(greeting)

    ends_at = monotonic() + PATIENCE_MS / 1000
    while monotonic() < ends_at:
        # Another version may take the frame between two steps, too.
        with suppress(AssertionError, PlaywrightError):
            return is_said()
    is_said()


def edit(page: Page, address: str, file: str, content: str, button: str) -> None:
    """Change a file as it is found: through the list of files."""
    page.goto(address)
    page.get_by_role("navigation", name="Space").get_by_role("link", name="Files").click()
    page.get_by_role("link", name=file, exact=True).click()
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_label("Contents").fill(content)
    page.get_by_label("What the change does").fill(f"Change {file}")
    page.get_by_role("button", name=button).click()


def test_a_failed_push_is_mended_a_proposal_merged_and_taken_back(workshop: Workshop, page: Page) -> None:
    platform = workshop.platform
    space, repo = workshop.space("mended")
    address = f"{platform.hub}/spaces/{space}"
    page.goto(address)
    repo.copy_sample("broken-build").write(app__py=GREETER.format(word="Hello")).commit()
    repo.push("-o", "nowait", "main")

    expect(page.locator("[data-state]")).to_contain_text("dependency not found", timeout=PATIENCE_MS)
    expect(page.locator("[data-state]")).to_contain_text("What to try")
    page.get_by_role("link", name="The whole log").click()
    expect(page.get_by_role("log")).to_contain_text("this-package-does-not-exist-spaceport", timeout=PATIENCE_MS)

    edit(page, address, "requirements.txt", "", "Commit to main")
    expect(page.locator("[data-status]")).to_contain_text("Running", timeout=PATIENCE_MS)
    greeted(page, address, "Hello, Grace!")

    edit(page, address, "app.py", GREETER.format(word="Welcome"), "Open a pull request")
    expect(page.get_by_role("region", name="Changes")).to_contain_text("Welcome")
    page.get_by_label("Say something").fill("Warmer words.")
    page.get_by_role("button", name="Comment").click()
    expect(page.get_by_text("Warmer words.")).to_be_visible()
    page.get_by_role("button", name="Merge into main").click()
    expect(page.get_by_text("Merged").first).to_be_visible()
    greeted(page, address, "Welcome, Grace!")

    page.get_by_role("link", name="Deployments").click()
    expect(page.locator("#release-2").get_by_text("live", exact=True)).to_be_visible()
    page.get_by_role("link", name="Roll back to release 1").click()
    page.get_by_label("Why").fill("too warm")
    page.get_by_role("button", name="Roll back").click()
    greeted(page, address, "Hello, Grace!")
    page.get_by_role("link", name="Deployments").click()
    expect(page.locator("#release-3")).to_contain_text(re.compile("rollback of release 1", re.IGNORECASE))


def test_an_admin_stops_a_space_with_a_reason_that_everybody_reads(platform: Platform, workshop: Workshop) -> None:
    name = f"maker{platform.hub_port}"
    token = token_of_another(platform, name)
    made = {"name": "noisy", "type": "space", "sdk": "static"}
    headers = {"Authorization": f"Bearer {token}"}
    space = platform.api("POST", "/api/repos/create", json=made, headers=headers).json()["name"]
    Repo(workshop.folder / "noisy", platform.remote(space, name, token)).copy_sample("static-page").commit_and_push()
    platform.wait_for_stage(space, "RUNNING")
    address, host = f"{platform.hub}/spaces/{space}", platform.info(space)["host"]

    with chromium() as browser:
        admin, owner, visitor = (browser.new_context().new_page() for _ in range(3))
        sign_in(admin, platform)
        sign_in(owner, platform, name, PASSWORD)
        owner.goto(address)
        visitor.goto(address)

        admin.goto(f"{platform.hub}/admin")
        admin.get_by_role("link", name=space, exact=True).first.click()
        admin.get_by_role("link", name="Settings", exact=True).click()
        admin.get_by_label("Reason").fill("it plays loud music")
        admin.get_by_role("button", name="Stop", exact=True).click()

        for page in (owner, visitor):
            expect(page.locator("[data-state]")).to_contain_text("it plays loud music", timeout=PATIENCE_MS)
        visitor.goto(host)
        expect(visitor.get_by_text("it plays loud music").first).to_be_visible(timeout=PATIENCE_MS)
        owner.get_by_role("button", name="Ask for a review").click()
        expect(owner.get_by_text("You asked for a review").first).to_be_visible()

        admin.goto(f"{platform.hub}/admin")
        row = admin.locator("tr", has_text=space).first
        expect(row.get_by_text("review asked")).to_be_visible(timeout=PATIENCE_MS)
        row.get_by_role("button", name="Start").click()
        visitor.goto(address)
        expect(visitor.locator("[data-frame]")).to_be_visible(timeout=PATIENCE_MS)
