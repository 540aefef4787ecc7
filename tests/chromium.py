"""The browser of tests, benches and pictures: the machine's own Chromium."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

#: What starts it: whatever Docker does to the machine's networks meanwhile, no page breaks off.
CHROMIUM = Path(__file__).with_name("deaf_chromium.py")


@contextmanager
def chromium() -> Iterator[Browser]:
    """It starts as root and asks nothing of the network by itself."""
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=arguments) as browser,
    ):
        yield browser
