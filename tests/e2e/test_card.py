"""The card (S3, S4): checked at the door, and every key does what it says. Start limit: test_road; files: preload."""

import re
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Workshop
from tests.e2e.platform import Platform, wait_for
from tests.e2e.test_road import builds_of

pytestmark = pytest.mark.timeout(600)

CARD = """---
title: 2048
emoji: 🗝️
colorFrom: red
colorTo: green
sdk: gradio
sdk_version: {sdk_version}
python_version: {python_version}
app_file: inside/served.py
app_port: 8501
base_path: /start
fullWidth: false
header: mini
short_description: Says what it was told
models: [admin/some-model]
datasets: [admin/some-data]
tags: [{tag}]
license: mit
pinned: true
disable_embedding: true
suggested_hardware: cpu-upgrade
startup_duration_timeout: 1m
custom_headers:
  cross-origin-opener-policy: same-origin
  cross-origin-resource-policy: cross-origin
wheel_of_fortune: 7
---
"""
#: Needs nothing of gradio's but its version, and would open itself to windows of other sites.
APP = """
import http.server, importlib.metadata, json, os, sys

class App(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        gradio = importlib.metadata.version("gradio")
        python = "%d.%d" % sys.version_info[:2]
        told = {"path": self.path, "title": os.environ["SPACE_TITLE"], "gradio": gradio, "python": python}
        self.send_response(404 if self.path == "/nothing" else 200)
        self.send_header("Cross-Origin-Opener-Policy", "unsafe-none")
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def log_message(self, *arguments):
        pass

http.server.ThreadingHTTPServer(("0.0.0.0", 8501), App).serve_forever()
"""
BAD_CARD = f"---\ntitle: Bad\ncolorFrom: orange\nsdk: gradio\nsdk_version: 3.27\nshort_description: {'x' * 90}\n---\n"
BROWSER = {"Accept": "text/html", "Sec-Fetch-Dest": "document"}


def has_the_headers(answer: httpx.Response) -> bool:
    policies = answer.headers.get_list("content-security-policy")
    return (
        answer.headers.get_list("cross-origin-opener-policy") == ["same-origin"]
        and answer.headers["cross-origin-resource-policy"] == "cross-origin"
        and any("frame-ancestors 'self' http" in policy for policy in policies)
    )


def positions(platform: Platform, *spaces: str) -> list[int]:
    """Where the Spaces are on their owner's page."""
    page = platform.api("GET", f"/{platform.name}", headers={"Accept": "text/html"}).text
    return [page.index(f'href="/spaces/{space}"') for space in spaces]


def test_every_key_of_a_card_does_what_it_says_and_a_wrong_one_is_refused_at_the_door(workshop: Workshop) -> None:
    platform = workshop.platform
    [engine] = platform.api("GET", "/api/spaceport/capabilities").json()
    space, repo = workshop.space("every-key")
    plain, plain_repo = workshop.running("plain-card", "hello-gradio")
    values = {
        # What a Space gets that asks for none: asking for it installs nothing more.
        "sdk_version": platform.visit(plain, "/config").json()["version"],
        "python_version": engine["python_versions"][-1],
        "tag": f"tag-{platform.hub_port}",
    }
    repo.write(README__md=CARD.format(**values), **{"inside/served.py": APP}).commit()

    told = repo.push().stderr

    assert '"wheel_of_fortune" is not a known key' in told
    assert '"suggested_hardware" is only a hint' in told
    platform.wait_for_stage(space, "RUNNING")
    app = platform.visit(space)
    said: dict[str, Any] = app.json()
    assert (said["title"], said["gradio"]) == ("2048", values["sdk_version"])
    assert values["python_version"].startswith(said["python"])
    first_page = platform.visit(space, "/?x=1", headers=BROWSER)
    assert (first_page.status_code, first_page.headers["location"]) == (307, "/start?x=1")
    assert all(has_the_headers(answer) for answer in (app, first_page, platform.visit(space, "/nothing")))

    page = platform.api("GET", f"/spaces/{space}", headers={"Accept": "text/html"}).text
    frame = re.search(r'<iframe[^>]* src="([^"]+)"', page)
    assert frame
    assert frame[1].endswith("/start")
    assert "mini-head" in page
    assert re.search(r'class="space-view column"', page)
    assert "Embed</summary>" not in page
    listed = platform.api("GET", "/spaces", headers={"Accept": "text/html"}).text
    assert "Says what it was told" in listed
    assert "🗝️" in listed
    plain_repo.write(newest__txt="x").commit_and_push()
    wait_for(lambda: platform.runtime(plain).get("sha") == platform.info(plain)["sha"], 120, "the other one is newer")
    order = positions(platform, space, plain)
    assert order == sorted(order)
    info = platform.info(space)
    assert (info["models"], info["datasets"]) == (["admin/some-model"], ["admin/some-data"])
    tagged = platform.api("GET", "/api/spaces", params={"filter": values["tag"]}).json()
    assert [each["id"] for each in tagged] == [space]

    main, count = info["sha"], len(builds_of(platform, space))
    repo.write(README__md=BAD_CARD).commit()
    refused = repo.push(check=False)
    validated = platform.api("POST", "/api/validate-yaml", json={"content": BAD_CARD, "repoType": "space"}).json()
    problems = [each["message"] for each in validated["errors"]]
    assert refused.returncode != 0
    assert [problem.partition(" ")[0] for problem in problems] == [
        '"colorFrom"',
        '"sdk_version"',
        '"short_description"',
    ]
    assert all(problem in refused.stderr for problem in problems)
    assert all(word in refused.stderr for word in ("given: orange", "[red, yellow,", "given: 3.27", "or equal to 60"))
    assert platform.info(space)["sha"] == main
    assert len(builds_of(platform, space)) == count
    platform.api("POST", f"/api/spaces/{space}/pause").raise_for_status()
    platform.wait_for_stage(space, "PAUSED")
    paused = platform.visit(space)
    assert paused.status_code == 503
    assert has_the_headers(paused)
