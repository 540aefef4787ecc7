"""Kill -9 of each process in turn, while serving and during a build: nothing is lost, everything converges."""

import json
import re
import threading
import time
from pathlib import Path
from uuid import uuid4

import httpx
import psutil
import pytest

from tests.e2e.conftest import Workshop
from tests.e2e.platform import Platform, Repo, wait_for
from tests.e2e.rows import last_sign_of_life, observed_instances, stages_told
from tests.e2e.test_road import CARD, builds_of

pytestmark = pytest.mark.timeout(600)

#: A local package whose installation takes its time, once: it is asked for its name and its needs before.
SLOW_SETUP = """\
import sys, time
from setuptools import setup
for second in range({seconds} if "bdist_wheel" in sys.argv else 0):
    print("still installing", second, flush=True)
    time.sleep(1)
setup(name="slowpkg-{number}", version="1.0")
"""


def write_slow_space(repo: Repo, seconds: int = 12) -> Repo:
    """
    A Space whose build takes at least so many seconds.

    It is another package every time: an engine that still has the image of an earlier run would install nothing.
    """
    return repo.quick_app().write(
        **{
            "slow/setup.py": SLOW_SETUP.format(number=uuid4().hex, seconds=seconds),
            "slow/pyproject.toml": '[build-system]\nrequires = ["setuptools"]\n'
            'build-backend = "setuptools.build_meta"\n',
            "requirements.txt": "./slow\n",
        }
    )


def wait_until_back(platform: Platform, name: str, old_pid: int) -> None:
    def is_back() -> bool:
        try:
            pid = platform.pid_of(name)
        except (OSError, KeyError, json.JSONDecodeError):
            return False
        return pid != old_pid and psutil.pid_exists(pid)

    wait_for(is_back, 60, f"{name} is started again")


class Visitor:
    """Asks one Space all the time and remembers every answer that was not its own."""

    def __init__(self, platform: Platform, space: str) -> None:
        self.failures: list[str] = []
        self.answers = 0
        self._url = f"{platform.info(space)['host']}/config"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._visit)

    def __enter__(self) -> "Visitor":
        self._thread.start()
        wait_for(lambda: self.answers > 3, 30, "the visitor is answered")
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _visit(self) -> None:
        with httpx.Client(timeout=30) as client:
            while not self._over.is_set():
                try:
                    answer = client.get(self._url)
                except httpx.HTTPError as error:
                    self.failures.append(repr(error))
                else:
                    self.answers += 1
                    if answer.status_code != 200:
                        self.failures.append(f"{answer.status_code} {answer.text[:100]}")
                self._over.wait(0.05)


def test_a_bad_push_is_explained_and_nobody_misses_the_old_version(workshop: Workshop) -> None:
    platform = workshop.platform
    space, repo = workshop.running("survivor")
    good = platform.runtime(space)["sha"]
    with Visitor(platform, space) as visitor:
        repo.write(**{"requirements.txt": "pydantic==1.10.0\n"}).commit_and_push()
        wait_for(lambda: builds_of(platform, space)[0]["status"] == "failed", 180, "the build fails")
        runtime = platform.wait_for_stage(space, "RUNNING")

    assert visitor.failures == []
    assert runtime["sha"] == good
    reason = builds_of(platform, space)[0]["reason"]
    assert re.match(r"conflict: gradio\S* needs pydantic\S*, but pydantic==1\.10\.0 is required", reason), reason
    page = platform.api("GET", f"/spaces/{space}", headers={"Accept": "text/html"}).text
    assert "the previous version keeps serving" in page
    assert "conflict: gradio" in page


@pytest.mark.parametrize("name", ["hub", "controller", "runner", "redis"])
def test_a_running_app_keeps_answering_when_a_process_is_killed(workshop: Workshop, name: str) -> None:
    platform = workshop.platform
    space, repo = workshop.running(f"steady-{name}-{platform.hub_port}")
    instances_before, stages_before = instance_ids(platform, space), stages_told(platform, space)
    processes_before = app_processes(space)
    assert processes_before

    with Visitor(platform, space) as visitor:
        wait_until_back(platform, name, platform.kill(name))
        back_at = time.time()
        wait_for(lambda: _stage(platform, space) == "RUNNING", 60, "the stage is told again")
        wait_for(lambda: last_sign_of_life(platform) > back_at, 60, "the runner is heard of")
        asked = visitor.answers
        wait_for(lambda: visitor.answers > asked + 20, 30, "the visitor goes on")

    assert visitor.failures == []
    assert instance_ids(platform, space) == instances_before
    assert stages_told(platform, space) == stages_before
    assert app_processes(space) == processes_before
    assert [report["state"] for report in observed_instances(platform, space)] == ["ready"]
    sha = repo.write(**{"note.txt": name}).commit_and_push()
    wait_for(lambda: platform.runtime(space).get("sha") == sha, 120, "a push works afterwards")


def test_a_killed_gateway_is_back_with_its_routes_at_once(workshop: Workshop) -> None:
    platform = workshop.platform
    space, _repo = workshop.running("gate")
    host = platform.info(space)["host"]

    wait_until_back(platform, "gateway", platform.kill("gateway"))

    wait_for(lambda: _status(f"{host}/config") == 200, 30, "the app answers again")


@pytest.mark.parametrize("name", ["hub", "controller", "runner", "redis"])
def test_a_build_under_way_is_finished_once_whatever_is_killed(workshop: Workshop, name: str) -> None:
    platform = workshop.platform
    space, repo = workshop.space(f"patient-{name}")
    write_slow_space(repo).commit()
    repo.push("-o", "nowait", "main")
    wait_for(lambda: is_installing(platform, space), 120, "the build is under way")

    wait_until_back(platform, name, platform.kill(name))

    platform.wait_for_stage(space, "RUNNING", timeout_seconds=240)
    builds = builds_of(platform, space)
    assert [build["status"] for build in builds] == ["succeeded"]
    assert platform.visit(space, "/config").status_code == 200


def test_a_lost_worker_s_build_starts_again_within_seconds(workshop: Workshop) -> None:
    platform = workshop.platform
    space, repo = workshop.space("worker-lost")
    write_slow_space(repo).commit()
    repo.push("-o", "nowait", "main")
    wait_for(lambda: is_installing(platform, space), 120, "the build is under way")

    for worker in build_workers(platform):
        worker.kill()

    platform.wait_for_stage(space, "RUNNING", timeout_seconds=240)
    [build] = builds_of(platform, space)
    assert build["attempt"] == 2
    assert build["status"] == "succeeded"


def test_an_instance_that_is_killed_is_replaced(workshop: Workshop) -> None:
    platform = workshop.platform
    space, _repo = workshop.running("phoenix")
    before = instance_ids(platform, space)
    host = platform.info(space)["host"]

    httpx.post(f"{host}/die", timeout=30)

    wait_for(lambda: instance_ids(platform, space) != before, 60, "another instance takes its place")
    platform.wait_for_stage(space, "RUNNING")
    assert httpx.get(f"{host}/config", timeout=30).status_code == 200


def test_redis_that_lost_everything_costs_nothing(workshop: Workshop) -> None:
    from redis import Redis

    platform = workshop.platform
    space, repo = workshop.running("amnesia")

    with Visitor(platform, space) as visitor:
        Redis.from_url(f"unix://{_socket(platform)}").flushall()
        sha = repo.write(**{"note.txt": "after"}).commit_and_push()
        wait_for(lambda: platform.runtime(space).get("sha") == sha, 120, "a push works afterwards")

    assert visitor.failures == []


def test_a_space_that_never_starts_does_not_stay_in_a_passing_state(workshop: Workshop) -> None:
    platform = workshop.platform
    space, repo = workshop.space("limbo")
    repo.write(
        **{
            "README.md": CARD.replace("sdk:", "startup_duration_timeout: 5s\nsdk:"),
            "app.py": "import time\ntime.sleep(999)",
        }
    ).commit()
    repo.push("-o", "nowait", "main")
    platform.wait_for_stage(space, "APP_STARTING")

    wait_until_back(platform, "runner", platform.kill("runner"))

    platform.wait_for_stage(space, "RUNTIME_ERROR", timeout_seconds=90)


def instance_ids(platform: Platform, space: str) -> set[str]:
    """Instances that are not gone, from the database."""
    from sqlalchemy import create_engine, text

    engine = create_engine(f"sqlite:///{platform.data_dir}/spaceport.sqlite3")
    owner, name = space.split("/")
    query = text(
        "SELECT instances.id FROM instances JOIN spaces ON spaces.id = instances.space_id "
        "WHERE spaces.owner = :owner AND spaces.name = :name AND instances.role = 'live'"
    )
    try:
        with engine.connect() as connection:
            return set(connection.execute(query, {"owner": owner, "name": name}).scalars())
    finally:
        engine.dispose()


def app_processes(space: str) -> set[int]:
    """
    The first process of each instance of a Space that lives on this machine, in a container or out of one.

    Another platform beside this one may have a Space of that name: such a name has the hub's port in it.
    """
    found = {process.pid: process.ppid() for process in psutil.process_iter() if _space_of(process) == space}
    return {pid for pid, parent in found.items() if parent not in found}


def build_workers(platform: Platform) -> list[psutil.Process]:
    runner = psutil.Process(platform.pid_of("runner"))
    return [child for child in runner.children() if "spaceport_runner.worker" in " ".join(child.cmdline())]


def is_installing(platform: Platform, space: str) -> bool:
    builds = builds_of(platform, space)
    return bool(builds) and builds[0]["phase"] == "installing dependencies"


def _stage(platform: Platform, space: str) -> str | None:
    try:
        return str(platform.runtime(space).get("stage"))
    except httpx.HTTPError:
        return None


def _space_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get("SPACE_ID")
    except psutil.Error:
        return None


def _status(url: str) -> int | None:
    try:
        return httpx.get(url, timeout=5).status_code
    except httpx.HTTPError:
        return None


def _socket(platform: Platform) -> Path:
    from spaceport.embedded_redis import socket_path
    from spaceport.settings import load_settings

    return socket_path(load_settings({"SPACEPORT_DATA_DIR": str(platform.data_dir)}))
