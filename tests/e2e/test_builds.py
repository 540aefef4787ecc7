"""Builds in line: place, turns, cancelling."""

import re
import subprocess
import sys
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Workshop
from tests.e2e.platform import Platform, Repo, wait_for
from tests.e2e.test_faults import write_slow_space
from tests.e2e.test_road import builds_of

pytestmark = pytest.mark.timeout(600)

PASSWORD = "a long enough password"


def token_of_another(platform: Platform, name: str) -> str:
    """A second user."""
    for arguments in (("add", name, "--password", PASSWORD), ("token", name)):
        done = subprocess.run(
            [sys.executable, "-m", "spaceport", "user", *arguments],
            env=platform.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"hf_\w+", done.stdout)
    assert found, done.stdout
    return found[0]


def cancel(platform: Platform, space: str) -> httpx.Response:
    (build,) = builds_of(platform, space)
    return platform.api("POST", f"/api/spaces/{space}/builds/{build['id']}/cancel")


def started_at(platform: Platform, space: str) -> str:
    return str(builds_of(platform, space)[0]["started_at"] or "")


def queue_of(platform: Platform, space: str) -> dict[str, Any]:
    return dict(platform.runtime(space).get("queue", {}))


def test_builds_wait_in_line_owners_take_turns_and_any_can_be_cancelled(workshop: Workshop) -> None:
    platform = workshop.platform
    spaces = []
    for number in range(5):
        space, repo = workshop.space(f"crowd-{number}")
        write_slow_space(repo, seconds=60).commit()
        repo.push("-o", "nowait", "main")
        spaces.append(space)
    # Two are built, one is next whatever comes; the others wait in the line.
    wait_for(lambda: queue_of(platform, spaces[4]).get("waiting") == 3, 60, "two builds run, three wait")
    place = queue_of(platform, spaces[4])
    assert place["position"] == 3
    assert place["message"].startswith("waiting for a free builder: 3rd of 3")

    other = f"other{platform.hub_port}"
    token = token_of_another(platform, other)
    mine = {"Authorization": f"Bearer {token}"}
    made = platform.api(
        "POST", "/api/repos/create", json={"name": "page", "type": "space", "sdk": "static"}, headers=mine
    )
    assert made.status_code == 200, made.text
    page = f"{other}/page"
    repo = Repo(workshop.folder / "page", platform.remote(page, other, token)).copy_sample("static-page")
    repo.commit()
    repo.push("-o", "nowait", "main")
    wait_for(lambda: queue_of(platform, page).get("position") in (1, 2), 30, "another owner's build is among the next")

    # One that waits and both that run.
    for number in (4, 0, 1):
        assert cancel(platform, spaces[number]).status_code == 200
    assert cancel(platform, spaces[0]).status_code == 409
    assert [builds_of(platform, space)[0]["status"] for space in (spaces[0], spaces[4])] == ["cancelled"] * 2
    platform.wait_for_stage(page, "RUNNING")
    wait_for(lambda: started_at(platform, spaces[3]), 120, "the last build starts")
    assert started_at(platform, page) < started_at(platform, spaces[3])
    for space in spaces[2:4]:
        cancel(platform, space)
    platform.api("DELETE", "/api/repos/delete", json={"name": page, "type": "space"}, headers=mine)
