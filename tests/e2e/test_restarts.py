"""The whole platform stops, dies or loses its machine, and comes back to what it was (S19)."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.e2e.conftest import ENGINES
from tests.e2e.platform import Platform, Repo, running_platform, wait_for
from tests.e2e.test_faults import instance_ids, is_installing, write_slow_space
from tests.e2e.test_road import builds_of
from tests.e2e.test_sleep import freezes, visited

pytestmark = pytest.mark.timeout(600)

SPACE = "admin/steady"


@pytest.fixture(scope="module", params=ENGINES)
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform for these tests alone, with a Space that runs; each leaves it as it was."""
    folder = tmp_path_factory.mktemp(f"house-{request.param}")
    with running_platform(folder / "data", request.param) as platform:
        pushed(platform, folder, "steady")
        platform.wait_for_stage(SPACE, "RUNNING")
        yield platform
    assert processes_of(platform) == []


def pushed(platform: Platform, folder: Path, name: str, seconds: int = 0) -> str:
    """A new Space; with ``seconds`` it takes so long to build."""
    space = platform.create_space(name)
    repo = Repo(folder / name, platform.remote(space))
    (write_slow_space(repo, seconds) if seconds else repo.quick_app()).commit()
    repo.push("-o", "nowait", "main")
    return space


def processes_of(platform: Platform) -> list[psutil.Process]:
    """Everything that still runs for this data folder; zombies of a machine without an init do not count."""
    found = []
    for process in psutil.process_iter():
        try:
            mentions = str(platform.data_dir) in " ".join([*process.cmdline(), *process.environ().values()])
            if mentions and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def pull_the_plug(platform: Platform) -> None:
    """What a power cut does: nothing that ran for this platform runs any more, and nothing was told before."""
    while processes := processes_of(platform):
        for process in processes:
            process.kill()
        psutil.wait_procs(processes, timeout=10)
    assert platform.process is not None
    platform.process.wait(timeout=10)
    if platform.engine == "docker":
        import docker

        client = docker.from_env()
        try:
            for container in client.containers.list():
                if container.labels.get("spaceport.runner", "").startswith(f"test{platform.hub_port}."):
                    container.kill()
        finally:
            client.close()


def answers(platform: Platform, space: str) -> bool:
    try:
        return platform.visit(space, "/config").status_code == 200
    except httpx.HTTPError:
        return False


def test_ctrl_c_leaves_no_process_and_the_next_start_builds_nothing(house: Platform) -> None:
    assert house.process is not None
    family = psutil.Process(house.process.pid).children(recursive=True)

    house.stop()

    assert [process for process in [*family, *processes_of(house)] if process.is_running()] == []
    house.start()
    house.wait_for_stage(SPACE, "RUNNING")
    wait_for(lambda: answers(house, SPACE), 60, "the app answers")
    assert len(builds_of(house, SPACE)) == 1


def test_a_killed_supervisor_leaves_apps_serving_and_the_next_takes_over(house: Platform) -> None:
    assert house.process is not None
    before, old_hub = instance_ids(house, SPACE), house.pid_of("hub")
    host = house.info(SPACE)["host"]

    house.process.kill()
    house.process.wait(timeout=10)

    assert httpx.get(f"{host}/config", timeout=30).status_code == 200
    house.start()
    assert house.pid_of("hub") != old_hub
    house.wait_for_stage(SPACE, "RUNNING")
    wait_for(lambda: answers(house, SPACE), 60, "the app answers")
    assert instance_ids(house, SPACE) == before


def test_after_a_power_cut_all_is_as_it_was_and_what_was_being_built_is_built(house: Platform, tmp_path: Path) -> None:
    sleeper, paused = pushed(house, tmp_path, "sleeper"), pushed(house, tmp_path, "paused")
    for space in (sleeper, paused):
        house.wait_for_stage(space, "RUNNING")
    freezes(house, sleeper)
    house.api("POST", f"/api/spaces/{paused}/pause").raise_for_status()
    house.wait_for_stage(paused, "PAUSED")
    # Two are built at a time, the third one waits.
    built = [pushed(house, tmp_path, f"built-{number}", seconds) for number, seconds in enumerate((8, 8, 0))]
    wait_for(lambda: all(is_installing(house, space) for space in built[:2]), 120, "two builds are under way")
    assert house.runtime(built[2])["stage"] == "BUILDING"

    pull_the_plug(house)
    house.start()

    house.wait_for_stage(SPACE, "RUNNING")
    wait_for(lambda: answers(house, SPACE), 60, "the app answers")
    for space in built:
        house.wait_for_stage(space, "RUNNING", timeout_seconds=240)
        [build] = builds_of(house, space)
        assert (build["status"], build["attempt"]) == ("succeeded", 1 if space == built[2] else 2)
        assert answers(house, space)
    assert len(builds_of(house, SPACE)) == 1
    assert house.runtime(paused)["stage"] == "PAUSED"
    assert house.runtime(sleeper)["stage"] == "SLEEPING"
    assert visited(house.info(sleeper)["host"]) == f"Hello from {sleeper}"
    house.wait_for_stage(sleeper, "RUNNING")
    told = house.api("GET", "/admin", headers={"Accept": "text/html"}).text
    assert "Nothing had to be put right yet." not in told
