"""Logs now and later: through a crash, a restart of the app and of the processes, read with the Hub's own client."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
from huggingface_hub import HfApi

from tests.e2e.conftest import Workshop
from tests.e2e.platform import Platform, wait_for
from tests.e2e.test_faults import wait_until_back
from tests.e2e.test_road import CARD

APP = """\
import http.server
import os
import threading
import time
import uuid

start = uuid.uuid4().hex[:8]


def tick():
    number = 0
    while True:
        os.write(1, f"tick {start} {number}\\n".encode())
        number += 1
        time.sleep(0.2)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/crash":
            os.write(1, b"last words\\n")
            os._exit(3)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *arguments):
        pass


threading.Thread(target=tick, daemon=True).start()
http.server.ThreadingHTTPServer(("0.0.0.0", 7860), Handler).serve_forever()
"""


class Follower:
    """``hf spaces logs --follow``: every line it was given, in order."""

    def __init__(self, platform: Platform, space: str) -> None:
        self.lines: list[str] = []
        api = HfApi(platform.hub, platform.token)
        self.thread = threading.Thread(target=self._follow, args=(api, space), daemon=True)

    def _follow(self, api: HfApi, space: str) -> None:
        for line in api.fetch_space_logs(space, follow=True):
            self.lines.append(line.rstrip("\n"))

    def has(self, words: str) -> bool:
        return any(words in line for line in self.lines)


@contextmanager
def following(platform: Platform, space: str) -> Iterator[Follower]:
    """Until the Space is paused, which ends its log; a follower that goes on then is an error."""
    follower = Follower(platform, space)
    follower.thread.start()
    yield follower
    platform.api("POST", f"/api/spaces/{space}/pause").raise_for_status()
    follower.thread.join(60)
    assert not follower.thread.is_alive()


def test_a_log_goes_on_through_a_crash_and_restarts_without_repeats(workshop: Workshop) -> None:
    platform = workshop.platform
    space, repo = workshop.space("talkative")
    repo.write(**{"README.md": CARD, "app.py": APP}).commit_and_push()
    assert HfApi(platform.hub, platform.token).wait_for_space(space, timeout=180).stage == "RUNNING"
    host = platform.info(space)["host"]
    with following(platform, space) as follower:
        wait_for(lambda: follower.has(" 3"), 60, "lines come live")
        # The app takes its own answer with it.
        with suppress(httpx.TransportError):
            httpx.get(f"{host}/crash", timeout=30)
        wait_for(lambda: follower.has("/ Restart 1"), 60, "the restart is in the same log")
        platform.wait_for_stage(space, "RUNNING")
        for name in ("hub", "runner"):
            wait_until_back(platform, name, platform.kill(name))
        known = len(follower.lines)
        wait_for(lambda: len(follower.lines) > known + 10, 90, "the client goes on after the cut")

    ticks = [line for line in follower.lines if line.startswith("tick ")]
    assert len(ticks) == len(set(ticks)), "lines were repeated"
    assert follower.lines.count("last words") == 1
    kept = [line.rstrip("\n") for line in HfApi(platform.hub, platform.token).fetch_space_logs(space, follow=True)]
    assert kept[: len(follower.lines)] == follower.lines
    assert printed(platform, "spaces", "logs", space, "--follow") == kept
    assert httpx.get(f"{platform.hub}/api/spaces/{space}/logs/run", timeout=30).status_code == 401


def printed(platform: Platform, *words: str) -> list[str]:
    """What the ``hf`` command prints, line by line."""
    environment = {
        **os.environ,
        "HF_ENDPOINT": platform.hub,
        "HF_TOKEN": platform.token,
        "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    }
    program = Path(sys.executable).with_name("hf")
    done = subprocess.run([program, *words], env=environment, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout.splitlines()
