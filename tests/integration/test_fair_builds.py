"""The build step on a real queue: many push, few builders, nobody starves."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
from tests.databases import make_database
from tests.unit.factories import NOW, make_push, make_space

from spaceport.adapters.build_queue import RqBuildQueue
from spaceport.adapters.fleet import RedisFleet
from spaceport.build_line import places_now, room_now
from spaceport.builds.locks import kept_lock
from spaceport.builds.patience import PATIENCE_SECONDS
from spaceport.builds.step import BuildStep
from spaceport.domain.account import User
from spaceport.domain.build import BuildStatus
from spaceport.errors import Conflict
from spaceport.settings import Settings
from spaceport_runner.contract import BUILD_QUEUE, REPORTS_STREAM, RUNNER_KEY, BuildReport, Capabilities, RunnerReport
from spaceport_runner.template import load_templates

GIB = 1024**3


class HeldClock:
    def __init__(self) -> None:
        self.moment = NOW

    def now(self) -> datetime:
        return self.moment

    def pass_by(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class Yard:
    """The controller's build step, and a hand in the place of the runner: it takes jobs and reports."""

    def __init__(self, folder: Path, redis_url: str, redis: Redis) -> None:
        self.settings = Settings(data_dir=folder, database_url=f"sqlite:///{folder / 'db.sqlite3'}", builders=1)
        self.database = make_database(self.settings.database)
        self.queue, self.fleet, self.clock = RqBuildQueue(redis_url), RedisFleet(redis_url), HeldClock()
        self.redis = redis
        templates = load_templates(self.settings.templates_dir)
        self.step = BuildStep(self.settings, self.database, self.queue, self.fleet, self.clock, templates, "secret")
        self.report_runner()

    def close(self) -> None:
        self.queue.close()
        self.fleet.close()
        self.database.close()

    def push(self, owner: str, name: str) -> str:
        """A Space of this owner with a push that the controller has seen; returns its id, which is its name."""
        self.clock.pass_by(1)
        with self.database.begin() as tx:
            if tx.accounts.user(owner) is None:
                tx.accounts.add_user(User(owner, owner, "", False, NOW))
            number = len(tx.spaces.all()) + 1
            space = make_space(
                id=name, name=name, owner=owner, owner_id=owner, subdomain=name, loopback_address=f"127.64.0.{number}"
            )
            tx.spaces.add(space)
            tx.pushes.add(make_push(id=f"push-{name}", space_id=name))
        self.step.plan(name)
        return name

    def report_runner(self, disk_free_bytes: int = 50 * GIB) -> None:
        report = RunnerReport(
            runner_id="local",
            capabilities=Capabilities(engine="fake", dockerfile=True, apt_packages=True, python_versions=()),
            started_at=0,
            reported_at=0,
            cpus=2,
            cpu_percent=0,
            memory_bytes=GIB,
            memory_used_bytes=0,
            disk_free_bytes=disk_free_bytes,
            builders=1,
        )
        self.redis.set(RUNNER_KEY.format(runner_id="local"), report.model_dump_json())

    def build_next(self, seconds: float = 60) -> str:
        """Build what is first in the queue; returns the Space."""
        request = self.requests()[0]
        self._jobs().remove(f"{request['build_id']}-{request['attempt']}")
        built = {"image": "image", "installed": True}
        for state, pause, values in (("running", 0.0, {}), ("succeeded", seconds, built)):
            self.clock.pass_by(pause)
            report = BuildReport(
                build_id=request["build_id"], attempt=request["attempt"], state=state, runner_id="local", **values
            )
            self.redis.xadd(REPORTS_STREAM, {"json": report.model_dump_json()})
            self.step.take_reports()
        self.step.check()
        return str(request["space_id"])

    def words(self) -> dict[str, str]:
        """What is told of each Space that waits."""
        with self.database.read() as tx:
            found = places_now(tx, room_now(tx, self.fleet, self.settings), self.clock.now())
            return {build.space_id: found[build.id].words for build in tx.builds.active() if build.id in found}

    def requests(self) -> list[dict[str, Any]]:
        return [job.args[0] for job in self._jobs().jobs]

    def _jobs(self) -> Queue:
        return Queue(BUILD_QUEUE, connection=self.redis, serializer=JSONSerializer)

    def in_queue(self) -> int:
        return len(self.queue.positions())


@pytest.fixture
def yard(tmp_path: Path, redis_url: str, redis: Redis) -> Iterator[Yard]:
    yard = Yard(tmp_path, redis_url, redis)
    yield yard
    yard.close()


def test_the_queue_holds_no_more_than_builders_take_and_owners_take_turns(yard: Yard) -> None:
    for number in range(5):
        yard.push("ada", f"ada-{number}")
    yard.push("bob", "bob-0")

    assert yard.in_queue() == 2
    assert [yard.build_next() for _ in range(6)] == ["ada-0", "ada-1", "bob-0", "ada-2", "ada-3", "ada-4"]


def test_everybody_is_told_a_place_and_an_estimate(yard: Yard) -> None:
    yard.push("eve", "eve-0")
    yard.build_next(seconds=120)
    for name in ("ada-0", "ada-1", "ada-2"):
        yard.push("ada", name)

    assert yard.words() == {
        "ada-0": "queued: the build starts in a moment",
        "ada-1": "waiting for a free builder: 2nd of 3, about 2 min",
        "ada-2": "waiting for a free builder: 3rd of 3, about 4 min",
    }


def test_a_build_cancelled_in_line_is_never_handed_out(yard: Yard) -> None:
    for name in ("ada-0", "ada-1", "ada-2", "ada-3"):
        yard.push("ada", name)
    with yard.database.begin() as tx:
        (build,) = tx.builds.active("ada-2")
        tx.builds.update(build.id, status=BuildStatus.CANCELLED, finished_at=yard.clock.now())

    assert [yard.build_next() for _ in range(3)] == ["ada-0", "ada-1", "ada-3"]


def test_what_redis_lost_is_handed_out_again_and_no_more(yard: Yard) -> None:
    for name in ("ada-0", "ada-1", "ada-2", "ada-3"):
        yard.push("ada", name)
    yard.redis.flushall()
    yard.report_runner()
    yard.step.check()

    assert yard.in_queue() == 2


def test_with_a_full_disk_builds_wait_and_are_refused_at_last(yard: Yard) -> None:
    yard.report_runner(disk_free_bytes=GIB)
    yard.push("ada", "ada-0")
    yard.push("ada", "ada-1")

    assert yard.in_queue() == 0
    assert "waiting: the disk of local is nearly full: 1.0 GiB are free" in yard.words()["ada-0"]
    yard.report_runner()
    yard.step.check()
    assert yard.build_next() == "ada-0"
    assert yard.build_next() == "ada-1"

    yard.report_runner(disk_free_bytes=GIB)
    yard.push("ada", "ada-2")
    yard.clock.pass_by(PATIENCE_SECONDS + 1)
    yard.step.check()
    with yard.database.read() as tx:
        (refused,) = tx.builds.of_space("ada-2")
        space = tx.spaces.get("ada-2")
    assert refused.status is BuildStatus.FAILED
    assert space is not None
    assert (space.build_failure or "").startswith("refused: the disk of local is nearly full")


def test_a_locked_rebuild_is_asked_with_the_versions_that_worked(yard: Yard) -> None:
    yard.push("ada", "ada-0")
    yard.build_next()
    with yard.database.begin() as tx:
        (release,) = tx.releases.of_space("ada-0")
        tx.releases.update(release.id, lock="gradio==6.0.0\n", live_at=yard.clock.now())
        tx.spaces.update("ada-0", rebuild_requested="locked", rebuild_by="ada")
    yard.step.plan("ada-0")

    assert yard.requests()[0]["lock"] == "gradio==6.0.0\n"
    yard.build_next()
    with yard.database.read() as tx:
        newest, first = tx.releases.of_space("ada-0")
        told = [happening.summary for happening in tx.history.of_space("ada-0")]
    assert newest.deps_hash.startswith(f"{first.deps_hash}-")
    assert [line for line in told if line.startswith("build")] == [
        "build of aaaaaaa queued: push by ada",
        "build of aaaaaaa started",
        "build of aaaaaaa succeeded in 60.0 s",
        "build of aaaaaaa queued: locked by ada",
        "build of aaaaaaa started",
        "build of aaaaaaa succeeded in 60.0 s",
    ]


def test_versions_kept_for_other_requirements_are_refused(yard: Yard) -> None:
    yard.push("ada", "ada-0")
    yard.build_next()
    with yard.database.begin() as tx:
        space, first = tx.spaces.get("ada-0"), tx.pushes.latest("ada-0")
        assert space is not None
        assert first is not None
        with pytest.raises(Conflict, match="no release of ada/ada-0 has worked yet"):
            kept_lock(tx, space, first)
        (release,) = tx.releases.of_space("ada-0")
        tx.releases.update(release.id, lock="gradio==6.0.0\n", live_at=yard.clock.now())

        assert kept_lock(tx, space, first) == "gradio==6.0.0\n"
        changed = replace(first, sha="b" * 40, dependency_files={"requirements.txt": "2"})
        with pytest.raises(Conflict, match="has changed since release 1 worked"):
            kept_lock(tx, space, changed)


def test_a_push_whose_template_is_gone_fails_in_plain_words(yard: Yard) -> None:
    yard.push("ada", "ada-0")
    with yard.database.begin() as tx:
        tx.pushes.add(make_push(id="later", space_id="ada-0", pushed_at=yard.clock.now(), card={"sdk": "shiny"}))
    yard.step.plan("ada-0")

    with yard.database.read() as tx:
        space = tx.spaces.get("ada-0")
    assert space is not None
    assert space.build_failure == "this Spaceport has no template for sdk: shiny any more: ask the admin"
