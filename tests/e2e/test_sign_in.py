"""Visitors of a Space sign in with this hub, by ``gr.LoginButton`` as it comes, in a real Chromium."""

import json
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.chromium import chromium
from tests.e2e.conftest import Workshop
from tests.e2e.platform import Platform

PATIENCE_MS = 60_000
APP = """
import os
import gradio as gr

def hello(profile: gr.OAuthProfile | None, token: gr.OAuthToken | None) -> str:
    return f"Hello {profile.username}, {token.scope}" if profile and token else "Nobody is signed in"

with gr.Blocks() as demo:
    gr.LoginButton()
    who = gr.Markdown()
    demo.load(hello, None, who)

print("the secret is", os.environ["OAUTH_CLIENT_SECRET"])
demo.launch()
"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(600),
    # Containers do not reach a hub that listens on the machine's loopback address.
    pytest.mark.parametrize("platform", [pytest.param("sandbox", marks=pytest.mark.registry)], indirect=True),
]


@pytest.fixture
def page() -> Iterator[Page]:
    """Nobody is signed in."""
    with chromium() as browser:
        yield browser.new_page()


def test_a_visitor_signs_in_to_an_app_and_out_again(platform: Platform, workshop: Workshop, page: Page) -> None:
    space, repo = workshop.space("greeter")
    readme = (repo.copy_sample("hello-gradio").folder / "README.md").read_text()
    card = readme.replace("sdk:", "hf_oauth: true\nhf_oauth_scopes: [email]\nsdk:", 1)
    repo.write(README__md=card, app__py=APP).commit_and_push()
    platform.wait_for_stage(space, "RUNNING")
    home = f"http://{platform.info(space)['subdomain']}.localhost:{platform.apps_port}/"

    page.goto(home)
    expect(page.get_by_text("Nobody is signed in")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Sign in with Hugging Face").click()
    page.get_by_label("User name").fill(platform.name)
    page.get_by_label("Password").fill(platform.password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"{space} wants to sign you in")).to_be_visible()
    expect(page.get_by_text("see your e-mail address")).to_be_visible()
    page.get_by_role("main").get_by_role("button", name="Sign in").click()

    expect(page.get_by_text("Hello admin, openid profile email")).to_be_visible(timeout=PATIENCE_MS)
    assert page.url.startswith(home)
    page.get_by_role("button", name="Logout").click()
    expect(page.get_by_text("Nobody is signed in")).to_be_visible(timeout=PATIENCE_MS)
    # The second time nobody is asked: who is signed in and has agreed comes back at once.
    page.get_by_role("button", name="Sign in with Hugging Face").click()
    expect(page.get_by_text("Hello admin, openid profile email")).to_be_visible(timeout=PATIENCE_MS)
    go_on_in_a_tab_of_its_own(platform, page.context.browser.new_page(), space)  # type: ignore[union-attr]
    assert_the_secret_stays_inside(platform, space)


def go_on_in_a_tab_of_its_own(platform: Platform, page: Page, space: str) -> None:
    """From the Space's page the button leads to the hub within the frame, where an app over http keeps no cookie."""
    hub = f"http://localhost:{platform.hub_port}"
    page.goto(f"{hub}/login?next=/spaces/{space}")
    page.get_by_label("User name").fill(platform.name)
    page.get_by_label("Password").fill(platform.password)
    page.keyboard.press("Enter")
    app = page.frame_locator("[data-frame]")
    app.get_by_role("button", name="Sign in with Hugging Face").click(timeout=PATIENCE_MS)
    with page.expect_popup() as tab:
        app.get_by_role("link", name=f"Open {space}").click()
    tab.value.get_by_role("button", name="Sign in with Hugging Face").click(timeout=PATIENCE_MS)
    expect(tab.value.get_by_text("Hello admin, openid profile email")).to_be_visible(timeout=PATIENCE_MS)


def assert_the_secret_stays_inside(platform: Platform, space: str) -> None:
    """Not in the log, although the app printed it, and not in what the API tells of the Space."""
    address, headers = f"{platform.hub}/api/spaces/{space}/logs/run", {"Authorization": f"Bearer {platform.token}"}
    # The log of what runs has no end.
    with httpx.stream("GET", address, headers=headers, timeout=30) as log:
        line = next(line for line in log.iter_lines() if "the secret is" in line)
    assert "the secret is ***" in line
    told = platform.info(space) | platform.runtime(space)
    assert "OAUTH_CLIENT_SECRET" not in json.dumps(told)
