"""A person's way through the pages, in a real Chromium: push, wait, type into the app, read the answer."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page, TimeoutError, expect

from tests.chromium import chromium
from tests.e2e.conftest import Workshop
from tests.e2e.platform import Platform, wait_for
from tests.e2e.test_road import build_log, builds_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
PATIENCE_MS = 180_000
#: Shows what it was told, and changes the address of the page around it.
TELLTALE = """<!doctype html><p id="seen"></p>
<button onclick="parent.postMessage({queryString: 'x=2', hash: '#b'}, '*')">Change</button>
<script>document.querySelector("#seen").textContent = "seen " + location.search + location.hash;</script>
"""


@pytest.fixture
def page(platform: Platform) -> Iterator[Page]:
    with chromium() as browser:
        page = browser.new_page()
        sign_in(page, platform)
        yield page


@contextmanager
def foreign_site(content: str) -> Iterator[str]:
    """The address of a page that is nobody's here."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, format: str, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://foreign.localhost:{server.server_port}/"
        server.shutdown()


def sign_in(
    page: Page, platform: Platform, name: str | None = None, password: str | None = None, at: str | None = None
) -> None:
    """As the admin unless told otherwise; ``at`` is another address of the hub."""
    page.goto(f"{at or platform.hub}/login")
    page.get_by_label("name", exact=False).first.fill(name or platform.name)
    page.locator("input[type=password]").fill(password or platform.password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def test_push_watch_it_come_up_and_use_it_without_reloading(workshop: Workshop, page: Page) -> None:
    platform = workshop.platform
    page.goto(f"{platform.hub}/new-space")
    page.get_by_label("Name").fill("watched")
    page.get_by_role("radio", name="Gradio").check()
    page.get_by_role("button", name="Create Space").click()
    page.wait_for_url("**/spaces/admin/watched*")
    space, repo = workshop.cloned("watched")
    expect(page.get_by_text("No application file").first).to_be_visible()

    sha = repo.copy_sample("hello-gradio").commit()
    repo.push("-o", "nowait", "main", force=False)

    expect(page.get_by_text("Running").first).to_be_visible(timeout=PATIENCE_MS)
    app = page.frame_locator("iframe").first
    app.get_by_label("Name").fill("Grace", timeout=PATIENCE_MS)
    app.get_by_role("button", name="Submit").press("Enter")
    expect(app.get_by_label("Greeting")).to_have_value("Hello, Grace!", timeout=PATIENCE_MS)
    [build] = builds_of(platform, space)
    assert f"Commit SHA: {sha[:7]}" in build_log(platform, build["id"]).splitlines()[0]
    page.reload()
    page.get_by_text("Embed", exact=True).click()
    with foreign_site(page.get_by_text("<gradio-app src=").first.inner_text()) as address:
        page.goto(address)
        page.get_by_label("Name").fill("Ada", timeout=PATIENCE_MS)
        page.get_by_role("button", name="Submit").press("Enter")
        expect(page.get_by_label("Greeting")).to_have_value("Hello, Ada!", timeout=PATIENCE_MS)


def test_an_app_is_framed_here_and_elsewhere_unless_its_card_forbids_that(workshop: Workshop, page: Page) -> None:
    platform = workshop.platform
    space, repo = workshop.space("framed", sdk="static")
    repo.copy_sample("static-page").write(index__html=TELLTALE).commit_and_push()
    platform.wait_for_stage(space, "RUNNING")

    page.goto(f"{platform.hub}/spaces/{space}?x=1#a")
    app = page.frame_locator("[data-frame]")
    expect(app.locator("#seen")).to_have_text(re.compile(r"\?.*x=1.*#a"))

    def is_followed() -> bool:
        """Chromium may give a click to the page while the frame of another site is not drawn yet: people see that."""
        app.get_by_role("button").click()
        with suppress(TimeoutError):
            page.wait_for_url(f"{platform.hub}/spaces/{space}?x=2#b", timeout=2000)
        return page.url.endswith("?x=2#b")

    wait_for(is_followed, 60, "the address bar follows the app")
    page.get_by_text("Embed", exact=True).click()
    snippet = page.get_by_text("<iframe src=").first.inner_text()

    with foreign_site(snippet) as address:
        page.goto(address)
        expect(page.frame_locator("iframe").locator("#seen")).to_be_visible()
        readme = (repo.folder / "README.md").read_text()
        repo.write(README__md=readme.replace("sdk:", "disable_embedding: true\nsdk:")).commit_and_push()
        wait_for(lambda: "content-security-policy" in platform.visit(space).headers, 60, "the card takes effect")
        with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
            page.goto(address)
        expect(page.frame_locator("iframe").locator("#seen")).to_have_count(0)
    page.goto(f"{platform.hub}/spaces/{space}")
    expect(page.frame_locator("[data-frame]").locator("#seen")).to_be_visible()
    expect(page.get_by_text("Embed", exact=True)).to_have_count(0)


def test_a_private_app_is_framed_for_who_may_see_it(workshop: Workshop, page: Page) -> None:
    platform = workshop.platform
    space, repo = workshop.space("framed-alone", sdk="static", private=True)
    repo.copy_sample("static-page").commit_and_push()
    platform.wait_for_stage(space, "RUNNING")

    sign_in(page, platform, at=f"http://localhost:{platform.hub_port}")
    for hub in (platform.hub, f"http://localhost:{platform.hub_port}"):
        page.goto(f"{hub}/spaces/{space}")
        expect(page.frame_locator("[data-frame]").get_by_text("Plain files").first).to_be_visible()


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
    row.get_by_role("button", name=re.compile("Stop|Pause")).click()
    row.get_by_label("Reason").fill("for a while")
    page.keyboard.press("Enter")

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
