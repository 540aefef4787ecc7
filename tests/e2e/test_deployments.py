"""Deploy, configure, go back, rename: as people do it with the command line and the API, the same on both engines."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Workshop
from tests.e2e.platform import Platform, wait_for

pytestmark = pytest.mark.timeout(600)

MARKER = "hunter2-0xfeed"
CARD = "---\ntitle: Versions\nsdk: gradio\n---\n"
#: Answers with what it is and what it was given.
APP = """
import hashlib, http.server, os

class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        secret = os.environ.get("KEY", "")
        digest = hashlib.sha256(secret.encode()).hexdigest()[:8] if secret else "none"
        text = f"{version} {{os.environ.get('MODEL')}} {{digest}} {{os.environ['SPACE_ID']}}"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *arguments):
        pass

http.server.ThreadingHTTPServer(("0.0.0.0", int(os.environ.get("PORT", 7860))), Page).serve_forever()
"""


def write_version(folder: Path, version: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "README.md").write_text(CARD)
    (folder / "app.py").write_text(APP.format(version=version))


def spaceport(platform: Platform, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command with nothing but an address and a token: it knows no data folder."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("SPACEPORT_", "HF_"))}
    return subprocess.run(
        [sys.executable, "-m", "spaceport", *arguments],
        env=clean | {"HF_ENDPOINT": platform.hub, "SPACEPORT_TOKEN": platform.token},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


def said(platform: Platform, space: str) -> str:
    return platform.visit(space).text


def wait_until_said(platform: Platform, space: str, words: str) -> None:
    wait_for(lambda: said(platform, space) == words, 120, f"{space} says {words!r}")


def builds_of(platform: Platform, space: str) -> list[dict[str, Any]]:
    return list(platform.api("GET", f"/api/spaces/{space}/builds").json()["builds"])


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()[:8]


def test_three_deployments_back_to_the_first_and_on_again(workshop: Workshop, tmp_path: Path) -> None:
    platform, folder = workshop.platform, tmp_path / "folder"
    space, _ = workshop.space("versions")
    platform.api("POST", f"/api/spaces/{space}/variables", json={"key": "MODEL", "value": "small"})
    platform.api("POST", f"/api/spaces/{space}/secrets", json={"key": "KEY", "value": MARKER})
    shas = []
    for version in "ABC":
        if version == "C":
            platform.api("POST", f"/api/spaces/{space}/variables", json={"key": "MODEL", "value": "large"})
            platform.api("POST", f"/api/spaces/{space}/secrets", json={"key": "KEY", "value": f"{MARKER}-2"})
        write_version(folder, version)
        deployed = spaceport(platform, "deploy", str(folder), "--space", space, "--wait", "-m", f"Version {version}")
        assert deployed.returncode == 0, deployed.stdout + deployed.stderr
        assert "live at" in deployed.stdout
        shas.append(platform.info(space)["sha"])
    wait_until_said(platform, space, f"C large {digest_of(f'{MARKER}-2')} {space}")
    built = len(builds_of(platform, space))

    back = spaceport(platform, "rollback", space, "1", "--reason", "C is wrong")

    assert back.returncode == 0, back.stdout + back.stderr
    wait_until_said(platform, space, f"A small {digest_of(MARKER)} {space}")
    assert len(builds_of(platform, space)) == built, "nothing was built"
    listed = spaceport(platform, "releases", space).stdout
    assert "back to release 1: C is wrong" in listed.splitlines()[0]
    assert f"serving {shas[0][:7]}, main is at {shas[2][:7]}" in listed
    runtime = platform.wait_for_stage(space, "RUNNING")
    assert (runtime["sha"], runtime["mainSha"]) == (shas[0], shas[2])
    assert platform.info(space)["sha"] == shas[2]

    write_version(folder, "D")
    deployed = spaceport(platform, "deploy", str(folder), "--space", space, "--wait")

    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    wait_until_said(platform, space, f"D large {digest_of(f'{MARKER}-2')} {space}")
    (folder / "app.py").write_text("raise SystemExit('no way')\n")
    failed = spaceport(platform, "deploy", str(folder), "--space", space, "--wait")
    assert failed.returncode == 1
    assert "failed: release" in failed.stderr
    assert said(platform, space).startswith("D ")
    everything = platform.api("GET", f"/api/spaces/{space}/releases").text + listed + failed.stderr
    assert MARKER not in everything


def test_a_changed_variable_starts_the_app_anew_without_a_gap_and_a_rename_leads_on(
    workshop: Workshop, tmp_path: Path
) -> None:
    platform, folder = workshop.platform, tmp_path / "folder"
    space, _ = workshop.space("before")
    write_version(folder, "A")
    assert spaceport(platform, "deploy", str(folder), "--space", space, "--wait").returncode == 0
    wait_until_said(platform, space, f"A None none {space}")
    old_host = platform.info(space)["subdomain"]
    statuses = set()

    def says_small() -> bool:
        answer = platform.visit(space)
        statuses.add(answer.status_code)
        return answer.text == f"A small none {space}"

    platform.api("POST", f"/api/spaces/{space}/variables", json={"key": "MODEL", "value": "small"})
    wait_for(says_small, 120, "the variable arrives")
    assert statuses == {200}
    moved = platform.api("POST", "/api/repos/move", json={"fromRepo": space, "toRepo": "admin/after", "type": "space"})
    assert moved.status_code == 200, moved.text
    try:
        wait_until_said(platform, "admin/after", "A small none admin/after")
        page = httpx.get(f"{platform.hub}/spaces/{space}/logs?x=1")
        api = platform.api("GET", f"/api/spaces/{space}/runtime")
        old = httpx.get(
            f"http://127.0.0.1:{platform.apps_port}/deep?x=1",
            headers={"Host": f"{old_host}.localhost:{platform.apps_port}"},
        )
        assert (page.status_code, page.headers["location"]) == (308, "/spaces/admin/after/logs?x=1")
        assert (api.status_code, api.headers["location"]) == (307, "/api/spaces/admin/after/runtime")
        assert old.status_code in (301, 302, 307, 308)
        assert "admin-after.localhost" in old.headers["location"]
        assert old.headers["location"].endswith("/deep?x=1")
        write_version(folder, "B")
        assert spaceport(platform, "deploy", str(folder), "--space", space, "--wait").returncode == 0
        wait_until_said(platform, "admin/after", "B small none admin/after")
    finally:
        platform.api("DELETE", "/api/repos/delete", json={"name": "after", "type": "space"})


def test_a_duplicate_starts_when_it_has_its_secrets(workshop: Workshop, tmp_path: Path) -> None:
    platform, folder = workshop.platform, tmp_path / "folder"
    space, _ = workshop.space("original")
    copy, _ = workshop.space("copied")
    platform.api("DELETE", "/api/repos/delete", json={"name": "copied", "type": "space"})
    platform.api("POST", f"/api/spaces/{space}/variables", json={"key": "MODEL", "value": "small"})
    platform.api("POST", f"/api/spaces/{space}/secrets", json={"key": "KEY", "value": MARKER})
    write_version(folder, "A")
    assert spaceport(platform, "deploy", str(folder), "--space", space, "--wait").returncode == 0

    answer = platform.api("POST", f"/api/spaces/{space}/duplicate", json={"repository": copy})

    assert answer.json()["missingSecrets"] == ["KEY"]
    runtime = platform.wait_for_stage(copy, "CONFIG_ERROR")
    assert runtime["missingSecrets"] == ["KEY"]
    assert "before a secret is set" in runtime["reason"]
    assert builds_of(platform, copy) == []
    assert platform.info(copy)["private"]
    platform.api("POST", f"/api/spaces/{copy}/secrets", json={"key": "KEY", "value": "my own"})
    platform.wait_for_stage(copy, "RUNNING")
    entered = platform.visit(copy, headers={"X-HF-Authorization": f"Bearer {platform.token}"})
    assert entered.text == f"A small {digest_of('my own')} {copy}"
