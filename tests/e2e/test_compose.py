"""compose.yaml runs the same processes from images: a push becomes a running app there too."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.platform import ROOT, Platform, Repo, free_port, wait_for

pytestmark = [pytest.mark.docker, pytest.mark.registry, pytest.mark.timeout(900)]
PROJECT = f"spaceporttest{os.getpid()}"


def compose_command() -> list[str]:
    """Compose v2 is a plugin of the docker program, v1 a program of its own."""
    plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, timeout=20, check=False)
    if plugin.returncode == 0:
        return ["docker", "compose"]
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    if os.environ.get("CI") == "true":
        pytest.fail("neither docker compose nor docker-compose is here (make test-services)", pytrace=False)
    pytest.skip("needs docker compose (make test-services)")


class ComposedPlatform(Platform):
    """The same questions, asked of containers."""

    def compose(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(
            [*compose_command(), "-p", PROJECT, *arguments],
            cwd=ROOT,
            env={**os.environ, "SPACEPORT_HUB_PORT": str(self.hub_port), "SPACEPORT_APPS_PORT": str(self.apps_port)},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def credentials(self) -> str:
        return self.compose("exec", "-T", "hub", "cat", "/data/admin-credentials.txt", check=False)

    @property
    def token(self) -> str:
        return re.search(r"^token=(\S+)$", self.credentials(), re.MULTILINE).group(1)  # type: ignore[union-attr]

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.hub}/healthz", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False


@pytest.fixture
def composed(tmp_path: Path) -> Iterator[ComposedPlatform]:
    subprocess.run(["make", "-s", "images"], cwd=ROOT, check=True, timeout=800, capture_output=True)
    platform = ComposedPlatform(tmp_path / "data", "docker", hub_port=free_port(), apps_port=free_port())
    platform.compose("up", "-d", "--no-build")
    try:
        wait_for(platform.answers, 90, "the hub answers")
        yield platform
    finally:
        platform.compose("down", "-v", "--timeout", "20", check=False)


def wrote_to_its_volume(space_id: str) -> bool:
    """Whether an instance of the Space, as its own user, could write to its volume."""
    listed = subprocess.run(
        ["docker", "ps", "--quiet", "--filter", f"label=spaceport.space={space_id}"],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    write = ["sh", "-c", "echo by the app > /data/kept"]
    return any(
        subprocess.run(["docker", "exec", each, *write], capture_output=True, timeout=20, check=False).returncode == 0
        for each in listed.stdout.split()
    )


def test_a_push_becomes_a_running_app_in_containers(composed: ComposedPlatform, tmp_path: Path) -> None:
    space = composed.create_space("composed")
    repo = Repo(tmp_path / "composed", composed.remote(space)).copy_sample("hello-gradio")

    repo.commit_and_push("-o", "nowait", "main")

    composed.wait_for_stage(space, "RUNNING", timeout_seconds=240)
    assert composed.visit(space, "/config").status_code == 200
    space_id = composed.info(space)["_id"]
    composed.api("POST", f"/api/spaces/{space}/storage", json={"tier": "small"}).raise_for_status()
    wait_for(lambda: wrote_to_its_volume(space_id), 60, "the app has a volume")
    kept = composed.compose("exec", "-T", "runner", "cat", f"/data/volumes/{space_id}/data/kept")
    assert kept == "by the app\n"
    composed.api("POST", f"/api/spaces/{space}/pause").raise_for_status()
    composed.wait_for_stage(space, "PAUSED")
