"""In a real browser: waiting pages turn into the app by themselves, and frames are refused where they must be."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright, expect
from tests.chromium import CHROMIUM
from tests.integration.gateway.apps import always, answer

from spaceport.domain.stage import Stage

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


async def app(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    body = b"<!doctype html><title>app</title><h1>The app</h1>"
    while True:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


@contextlib.asynccontextmanager
async def a_page(complaints: list[str]) -> AsyncIterator[Page]:
    """A page of a real browser, which notes what it complains about."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: complaints.append(message.text) if "Content Security" in message.text else None,
        )
        yield page
        await browser.close()


async def test_a_waiting_page_follows_the_stage_and_becomes_the_app(world: Any) -> None:
    await world.start()
    await world.publish(stage=Stage.BUILDING, reason="installing")
    complaints: list[str] = []
    async with a_page(complaints) as page:
        await page.goto(f"http://app.localhost:{world.gateway.port}/?keep=this")
        await expect(page.get_by_role("heading")).to_have_text("Building")
        await expect(page.locator("#reason")).to_have_text("installing")
        await world.publish(stage=Stage.BUILDING, reason="still installing")
        await expect(page.locator("#reason")).to_have_text("still installing", timeout=10_000)
        await world.publish(stage=Stage.APP_STARTING)
        await expect(page.get_by_role("heading")).to_have_text("Starting", timeout=10_000)
        await world.publish(upstream=await world.upstream(app))
        await expect(page.get_by_role("heading")).to_have_text("The app", timeout=10_000)
        address = page.url

    assert address.endswith("/?keep=this")
    assert complaints == []


async def test_a_waking_page_tells_how_far_it_is_and_becomes_the_app(world: Any) -> None:
    asleep = {"stage": Stage.SLEEPING, "wakes_on_visit": True, "wake_seconds": 30}
    await world.start()
    await world.publish(**asleep)
    complaints: list[str] = []
    async with a_page(complaints) as page:
        await page.goto(f"http://app.localhost:{world.gateway.port}/?keep=this#part")
        await expect(page.get_by_role("heading")).to_have_text("Waking up")
        await expect(page.get_by_text("seconds left")).to_be_visible()
        await expect(page.get_by_role("progressbar")).to_have_js_property("max", 100)
        await page.evaluate("window.isSamePage = true")
        await world.publish(stage=Stage.APP_STARTING, reason="starting the app", wake_seconds=30)
        await expect(page.locator("#reason")).to_have_text("starting the app", timeout=10_000)
        is_same_page = await page.evaluate("window.isSamePage")
        await world.publish(upstream=await world.upstream(app))
        await expect(page.get_by_role("heading")).to_have_text("The app", timeout=10_000)
        address = page.url

    assert is_same_page
    assert address.endswith("/?keep=this#part")
    assert complaints == []


async def test_only_the_hub_s_pages_can_frame_a_space_that_forbids_it(world: Any) -> None:
    def framing(port: int) -> Any:
        return always(
            answer(f'<iframe src="http://app.localhost:{port}/"></iframe>'.encode(), "Content-Type: text/html")
        )

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    await world.start(listen_port=port, hub_url=f"http://hub.localhost:{port}")
    await world.publish(upstream=await world.upstream(app), allows_embedding=False)
    page_of_another = await world.upstream(framing(port), "two")
    await world.publish(space_id="s2", hosts=("hub.localhost", "foreign.localhost"), upstream=page_of_another)
    async with a_page([]) as page:
        await page.goto(f"http://hub.localhost:{port}/")
        await expect(page.frame_locator("iframe").get_by_role("heading")).to_have_text("The app")
        refused = page.wait_for_event("console", lambda message: "frame-ancestors" in message.text)
        await asyncio.gather(refused, page.goto(f"http://foreign.localhost:{port}/"))
        await expect(page.frame_locator("iframe").get_by_role("heading")).to_have_count(0)
