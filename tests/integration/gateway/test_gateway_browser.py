"""The waiting page in a real browser: it turns into the app by itself."""

import asyncio
import shutil
from typing import Any

import pytest
from playwright.async_api import async_playwright, expect

from spaceport.domain.stage import Stage

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


async def app(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    body = b"<!doctype html><title>app</title><h1>The app</h1>"
    while True:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


async def test_a_waiting_page_follows_the_stage_and_becomes_the_app(world: Any) -> None:
    await world.start()
    await world.publish(stage=Stage.BUILDING, reason="installing")
    complaints: list[str] = []
    async with async_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await browser.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: complaints.append(message.text) if "Content Security" in message.text else None,
        )
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
        await browser.close()

    assert address.endswith("/?keep=this")
    assert complaints == []
