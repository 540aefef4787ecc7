"""A machine is lost for good: another one builds and serves what ran there, whatever its owner does meanwhile."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from redis import Redis

from tests.e2e.platform import Platform, Repo, running_platform, wait_for
from tests.e2e.rows import query, space_row, stages_told
from tests.e2e.test_faults import app_processes
from tests.e2e.test_restarts import answers, processes_of
from tests.e2e.test_road import builds_of

pytestmark = [pytest.mark.timeout(600), pytest.mark.registry]

#: Seconds a runner may be silent; not less than the grace of the controller.
SILENCE = 15


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Platform]:
    with running_platform(tmp_path / "data", "sandbox", SPACEPORT_RUNNER_SILENCE_SECONDS=str(SILENCE)) as platform:
        yield platform
    assert processes_of(platform) == []


@contextmanager
def second_machine(platform: Platform, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A runner with images and instances of its own; the data folder is shared, as logs are read there."""
    environment = platform.environment | {"SPACEPORT_RUNNER_ID": "far"}
    with open(folder / "far.out", "wb") as output:
        runner = subprocess.Popen(
            [sys.executable, "-m", "spaceport", "runner", "--stop-instances-on-exit"],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        with Redis.from_url(f"unix://{platform.data_dir}/redis/redis.sock") as redis:
            wait_for(lambda: redis.exists("spaceport:runner:far"), 60, "the second runner is heard of")
        yield runner
    finally:
        runner.terminate()
        runner.wait(timeout=60)


def runner_of(platform: Platform, space: str) -> str:
    """The one that is to serve it."""
    found = query(
        platform, "SELECT runner_id FROM releases WHERE id = :id", id=space_row(platform, space)["target_release_id"]
    )
    return str(found[0]["runner_id"])


@contextmanager
def lost_machine(platform: Platform, far: subprocess.Popen[bytes], name: str, space: str) -> Iterator[None]:
    """Nothing of it goes on, and nobody starts it again while this lasts."""
    assert platform.process is not None
    if name != "far":
        os.kill(platform.process.pid, signal.SIGSTOP)
    psutil.Process(far.pid if name == "far" else platform.pid_of("runner")).kill()
    for pid in app_processes(space):
        psutil.Process(pid).kill()
    try:
        yield
    finally:
        os.kill(platform.process.pid, signal.SIGCONT)


def test_what_a_lost_machine_ran_serves_on_another_one_though_it_is_restarted_meanwhile(
    house: Platform, tmp_path: Path
) -> None:
    with second_machine(house, tmp_path) as far:
        space = house.create_space(f"mover-{house.hub_port}")
        Repo(tmp_path / "mover", house.remote(space)).quick_app().commit_and_push()
        house.wait_for_stage(space, "RUNNING")
        first = runner_of(house, space)

        with lost_machine(house, far, first, space):
            house.api("POST", f"/api/spaces/{space}/restart").raise_for_status()
            wait_for(lambda: runner_of(house, space) != first, 240, "another machine has built it")
            house.wait_for_stage(space, "RUNNING")

            assert answers(house, space)
            assert len(builds_of(house, space)) == 2
            assert "RUNTIME_ERROR" not in stages_told(house, space)


def test_a_space_leaves_a_drained_machine_without_a_gap_whoever_is_killed_meanwhile(
    house: Platform, tmp_path: Path
) -> None:
    with second_machine(house, tmp_path):
        space = house.create_space(f"leaver-{house.hub_port}")
        Repo(tmp_path / "leaver", house.remote(space)).quick_app().commit_and_push()
        house.wait_for_stage(space, "RUNNING")
        first, told = runner_of(house, space), len(stages_told(house, space))

        def has_left() -> bool:
            assert answers(house, space)
            return runner_of(house, space) != first and not machine(house, first)["spaces"]

        asked = {"reason": "new memory", "moveSpaces": True}
        house.api("POST", f"/api/admin/machines/{first}/drain", json=asked).raise_for_status()
        killed = house.kill("controller")
        wait_for(has_left, 240, "it is on the other machine alone")

        assert house.pid_of("controller") != killed
        left = machine(house, first)
        assert (left["spaces"], left["builds"], left["drain"]["reason"]) == ([], 0, "new memory")
        assert len(builds_of(house, space)) == 2
        assert set(stages_told(house, space)[told:]) == {"RUNNING_BUILDING", "RUNNING"}


def machine(platform: Platform, name: str) -> dict[str, Any]:
    machines = platform.api("GET", "/api/admin/machines").json()
    return next(each for each in machines if each["name"] == name)
