"""
Largest contentful paint of the main pages in Chromium as ratios to a bare static page in the same run, and how long the
page takes to show what a press of a button did, against a bare button.

The bare page is one file without styles, scripts or pictures, from a server that does nothing else. Pages take turns
for a few rounds, each in a browser context of its own: nothing is in a cache, which is the worst case.

Source: W3C Largest Contentful Paint.
"""

import statistics
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser

from tests.chromium import chromium
from tests.integration.web.conftest import run_hub
from tests.integration.web.town import View, build_town

ROUNDS = 7
_KINDS = ("home", "space", "space-error", "deployments", "logs", "settings", "model", "file", "discussion", "admin")
_BARE = (
    "<!doctype html><html lang=en><title>bare</title><h1>A heading</h1>"
    f"<button>Press</button><p id=text>{'Some words of a page that does nothing. ' * 20}</p>"
).encode()
_PAINT = """() => new Promise((tell) => {
  new PerformanceObserver((list) => tell(list.getEntries().at(-1).startTime))
    .observe({ type: "largest-contentful-paint", buffered: true });
})"""
#: Until the frame after the one that shows what was done.
_PRESS = """() => new Promise((tell) => {
  const started = performance.now();
  (document.querySelector("[data-theme-toggle]") ?? document.querySelector("button")).click();
  requestAnimationFrame(() => requestAnimationFrame(() => tell(performance.now() - started)));
})"""


class _Bare(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(_BARE)))
        self.end_headers()
        self.wfile.write(_BARE)

    def log_message(self, *_: object) -> None: ...


def run() -> dict[str, float]:
    with (
        tempfile.TemporaryDirectory() as folder,
        _bare_server() as port,
        chromium() as browser,
        run_hub(Path(folder) / "data", port) as hub,
    ):
        town = build_town(hub)
        cookies = {user.name: dict(hub.browser(user).cookies) for user in (town.ada, town.root)}
        paints: dict[str, list[float]] = {}
        presses: dict[str, list[float]] = {}
        for _ in range(ROUNDS):
            for name, url, view in [("bare", f"http://localhost:{port}/", View("/"))] + [
                (kind, hub.url + town.views[kind].path, town.views[kind]) for kind in _KINDS
            ]:
                signed_in = cookies[view.user.name] if view.user else {}
                paint, press = _look(browser, url, signed_in)
                paints.setdefault(name, []).append(paint)
                presses.setdefault(name, []).append(press)
    bare = statistics.median(paints["bare"])
    figures = {"bare page, milliseconds": bare}
    figures |= {f"{kind} / bare page": statistics.median(paints[kind]) / bare for kind in _KINDS}
    slowest = max(statistics.median(presses[kind]) for kind in _KINDS)
    figures["slowest press / bare press"] = slowest / statistics.median(presses["bare"])
    return figures


def _look(browser: Browser, url: str, cookies: dict[str, str]) -> tuple[float, float]:
    with browser.new_context() as context:
        context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
        page = context.new_page()
        page.goto(url, wait_until="domcontentloaded")
        return page.evaluate(_PAINT), page.evaluate(_PRESS)


@contextmanager
def _bare_server() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Bare) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()
