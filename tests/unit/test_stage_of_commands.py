"""What is asked of a Space is its stage from that moment on, whatever the controller is in the middle of."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from spaceport.adapters.database import SqlDatabase
from spaceport.adapters.stores import SqlTransaction
from spaceport.builds import commands as build_commands
from spaceport.domain.stage import Stage
from spaceport.rollout import commands
from tests.unit.factories import make_push
from tests.unit.test_rollout_step import House


class InterruptedDatabase:
    """A database in which something happens after the reads of a pass and before what it writes."""

    def __init__(self, database: SqlDatabase, happens: Callable[[], None]) -> None:
        self._database = database
        self._happens: Callable[[], None] | None = happens
        self.read = database.read

    @contextmanager
    def begin(self) -> Iterator[SqlTransaction]:
        if self._happens is not None:
            happens, self._happens = self._happens, None
            happens()
        with self._database.begin() as tx:
            yield tx


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.full_pass()
    assert house.bench.space.stage is Stage.RUNNING
    return house


def test_a_pause_is_seen_at_once_and_a_pass_begun_before_it_changes_nothing(house: House) -> None:
    world = house.step.look()
    commands.pause(house.bench.services, house.bench.space, house.bench.owner)

    assert house.bench.space.stage is Stage.PAUSED
    house.step.bring_forward("space", world)

    space = house.bench.space
    assert (space.stage, space.stage_reason) == (Stage.PAUSED, space.stop_reason)


def test_a_pause_between_what_a_pass_reads_and_what_it_writes_holds(house: House) -> None:
    house.bench.update(stage=Stage.APP_STARTING)
    bench = house.bench
    real = bench.services.database
    assert isinstance(real, SqlDatabase)
    house.step._database = InterruptedDatabase(real, lambda: commands.pause(bench.services, bench.space, bench.owner))
    seen: list[str] = []
    house.step.bring_forward("space", house.step.look())
    seen.append(str(bench.space.stage))
    house.full_pass()
    seen.append(str(bench.space.stage))

    assert seen == ["PAUSED", "PAUSED"]
    assert house.fleet.wanted == {}


def test_who_waits_after_a_restart_does_not_find_what_was_before(house: House) -> None:
    commands.restart(house.bench.services, house.bench.space, house.bench.owner)
    assert house.bench.space.stage is Stage.RUNNING_BUILDING

    house.full_pass()
    assert house.bench.space.stage is Stage.RUNNING_BUILDING

    commands.pause(house.bench.services, house.bench.space, house.bench.owner)
    commands.restart(house.bench.services, house.bench.space, house.bench.owner)
    assert house.bench.space.stage is Stage.APP_STARTING
    assert house.bench.space.stage_deadline_at is not None


def test_a_rebuild_is_seen_at_once(house: House) -> None:
    with house.bench.services.database.begin() as tx:
        tx.pushes.add(make_push())
    build_commands.rebuild(house.bench.services, house.bench.space, house.bench.owner)

    assert house.bench.space.stage is Stage.RUNNING_BUILDING
    house.full_pass()
    assert (house.bench.space.stage, house.bench.space.stage_reason) == (
        Stage.RUNNING_BUILDING,
        "building",
    )


def test_the_stage_of_a_command_is_in_the_history_once(house: House) -> None:
    commands.pause(house.bench.services, house.bench.space, house.bench.owner)
    house.full_pass()

    assert sum(told.startswith("PAUSED") for told in house.bench.told) == 1
