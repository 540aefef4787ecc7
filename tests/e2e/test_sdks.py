"""Apps of other times and kinds than the samples: old lines of Gradio, called by today's client, and Streamlit."""

import re
from contextlib import suppress

import pytest
from playwright.sync_api import Page, TimeoutError, expect

from tests.e2e.conftest import Workshop
from tests.e2e.platform import wait_for
from tests.e2e.test_browser import PATIENCE_MS
from tests.e2e.test_browser import page as page
from tests.e2e.test_road import call

pytestmark = [pytest.mark.registry, pytest.mark.timeout(600)]

GREETER = """import gradio as gr

gr.Interface(lambda name: f"Hello, {name}, from {gr.__version__}!", "text", "text", api_name="greet").launch()
"""
COUNTER = """import streamlit as st

st.title("A counter")
name = st.text_input("Name")
st.write(f"Hello, {name or 'nobody'}!")
"""


@pytest.mark.parametrize("version", ["4.44.1", "5.49.1"])
def test_an_old_gradio_starts_unchanged_and_is_called(workshop: Workshop, version: str) -> None:
    platform = workshop.platform
    space, repo = workshop.space("old")
    card = f"---\ntitle: Old\nsdk: gradio\nsdk_version: {version}\n---\n"
    repo.write(**{"README.md": card, "app.py": GREETER}).commit_and_push()

    platform.wait_for_stage(space, "RUNNING", timeout_seconds=300)

    code = (
        f"from gradio_client import Client\nprint(Client({space!r}, verbose=False).predict('Ada', api_name='/greet'))"
    )
    assert call(platform, code) == f"Hello, Ada, from {version}!"


@pytest.mark.browser
def test_a_streamlit_app_is_used_on_its_page(workshop: Workshop, page: Page) -> None:
    platform = workshop.platform
    space, repo = workshop.space("counter", sdk="streamlit")
    repo.write(**{"README.md": "---\ntitle: Counter\nsdk: streamlit\n---\n", "app.py": COUNTER}).commit_and_push()
    platform.wait_for_stage(space, "RUNNING", timeout_seconds=300)

    name = page.frame_locator("iframe").get_by_label("Name")

    def is_drawn() -> bool:
        """Chromium drops what it loads when Docker changes a network of the machine: then people reload the page."""
        page.goto(f"{platform.hub}/spaces/{space}")
        with suppress(TimeoutError):
            name.wait_for(timeout=20_000)
        return name.count() == 1

    wait_for(is_drawn, 180, "the app is drawn")
    name.fill("Ada")
    name.press("Enter")

    app = page.frame_locator("iframe")
    expect(app.get_by_text(re.compile("Hello, Ada!"))).to_be_visible(timeout=PATIENCE_MS)
