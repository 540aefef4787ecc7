"""Makes the pictures of the main pages: ``make screenshots``, or ``python -m tests.screenshots FOLDER``."""

import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser

from tests.chromium import chromium
from tests.integration.web.conftest import Hub, run_hub
from tests.integration.web.town import View, build_town

_ROOT = Path(__file__).parents[1]
_PICTURES = _ROOT / "platform" / "spaceport" / "docs" / "screenshots"
_APP = _ROOT / "spaces" / "static-page"
_TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript"}
_LAPTOP, _PHONE = (1280, 800), (390, 800)
#: Name of a picture -> the page in the town, the size of the window, and whether it is dark.
_SHOTS = {
    "spaces": ("home", _LAPTOP, False),
    "space": ("space", _LAPTOP, False),
    "space-dark": ("space-logs", _LAPTOP, True),
    "space-phone": ("space", _PHONE, False),
    "failed-build": ("space-error", _LAPTOP, False),
    "deployment": ("deployment", _LAPTOP, False),
    "settings": ("settings", _LAPTOP, False),
    "model": ("model", _LAPTOP, False),
    "pull-request": ("pull-request", _LAPTOP, False),
    "dataset-rows": ("dataset-rows", _LAPTOP, False),
    "admin": ("admin", _LAPTOP, False),
}


class _SampleApp(BaseHTTPRequestHandler):
    """Stands where the gateway would be."""

    def do_GET(self) -> None:
        file = _APP / (Path(self.path.partition("?")[0]).name or "index.html")
        self.send_response(200 if file.is_file() else 404)
        self.send_header("Content-Type", _TYPES.get(file.suffix, "text/plain"))
        self.end_headers()
        self.wfile.write(file.read_bytes() if file.is_file() else b"")

    def log_message(self, *_: object) -> None: ...


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadingHTTPServer(("127.0.0.1", 0), _SampleApp) as apps, tempfile.TemporaryDirectory() as data:
        threading.Thread(target=apps.serve_forever, daemon=True).start()
        with run_hub(Path(data) / "data", apps.server_port) as hub, chromium() as browser:
            town = build_town(hub)
            for name, (kind, size, is_dark) in _SHOTS.items():
                _shoot(browser, hub, town.views[kind], folder / f"{name}.png", size, is_dark)
        apps.shutdown()


def _shoot(browser: Browser, hub: Hub, view: View, picture: Path, size: tuple[int, int], is_dark: bool) -> None:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if is_dark else "light",
        reduced_motion="reduce",
    )
    if view.user is not None:
        cookies = hub.browser(view.user).cookies
        context.add_cookies([{"name": name, "value": value, "url": hub.url} for name, value in cookies.items()])
    page = context.new_page()
    page.goto(hub.url + view.path)
    # A dataset's rows are read first: the page comes again until they are there.
    page.wait_for_function("!document.querySelector('meta[http-equiv=refresh]')", timeout=60_000)
    page.evaluate("document.fonts.ready")
    page.screenshot(path=picture)
    print(picture)
    context.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else _PICTURES)
