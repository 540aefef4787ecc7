"""The volume of a Space: data that stays, comes back as it was, and has an end."""

from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Workshop
from tests.e2e.platform import wait_for

pytestmark = pytest.mark.timeout(600)
MIB = 1024**2

APP = """
import json, os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

DATA = Path(os.environ.get("SPACE_DATA_DIR", "/data"))

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        address = urlsplit(self.path)
        query = dict(parse_qsl(address.query))
        if address.path == "/write":
            (DATA / query["file"]).write_bytes(os.urandom(int(query["bytes"])))
        files = {path.name: path.stat().st_size for path in DATA.iterdir()} if DATA.is_dir() else None
        body = json.dumps({"version": VERSION, "where": str(DATA), "files": files}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

ThreadingHTTPServer(("0.0.0.0", 7860), Handler).serve_forever()
"""


def test_data_survives_restarts_and_pushes_comes_back_and_may_not_outgrow_its_quota(workshop: Workshop) -> None:
    platform = workshop.platform
    space, repo = workshop.space("volume")
    repo.write(README__md="---\nsdk: gradio\n---\n", app__py=f"VERSION = 1\n{APP}").commit_and_push()
    platform.wait_for_stage(space, "RUNNING")

    def answer(path: str = "/") -> dict[str, Any]:
        return dict(platform.visit(space, path).json())

    def answers(version: int, files: dict[str, int] | None) -> bool:
        try:
            said = answer()
        except (httpx.HTTPError, ValueError):
            return False
        return (said["version"], said["files"]) == (version, files)

    def command(path: str, **body: Any) -> dict[str, Any]:
        done = platform.api("POST", f"/api/spaces/{space}/{path}", json=body)
        assert done.status_code == 200, done.text
        return dict(done.json())

    assert answer()["files"] is None
    command("storage", bytes=16 * MIB)
    wait_for(lambda: answers(1, {}), 60, "the app has an empty volume")
    assert answer()["where"] == "/data"
    answer("/write?file=kept&bytes=5")
    command("restart")
    platform.wait_for_stage(space, "RUNNING")
    repo.write(app__py=f"VERSION = 2\n{APP}").commit_and_push()
    wait_for(lambda: answers(2, {"kept": 5}), 60, "the data is there after a restart and a push")

    answer("/write?file=mistake&bytes=5")
    copies = platform.api("GET", f"/api/spaces/{space}/snapshots").json()["snapshots"]
    command("snapshots/restore", name=copies[0]["name"])
    wait_for(lambda: answers(2, {"kept": 5}), 60, "the copy made before the last push is back")

    wait_for(lambda: platform.runtime(space).get("storageUsedBytes"), 30, "the use of the volume is known")
    answer(f"/write?file=big&bytes={20 * MIB}")
    failed = platform.wait_for_stage(space, "RUNTIME_ERROR", timeout_seconds=120)
    assert "/data is full: it holds 20 MiB of at most 16 MiB" in failed["errorMessage"]
