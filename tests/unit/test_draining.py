"""A machine is drained: it takes nothing new; what is on it serves until it is up elsewhere, or says why it stays."""

from pathlib import Path
from typing import Any

import pytest

from spaceport.build_line import room_for_builds
from spaceport.builds.patience import PATIENCE_SECONDS, Patience
from spaceport.domain.build import BuildStatus
from spaceport.domain.drain import Drain
from spaceport.domain.instance import Role
from spaceport.domain.line import Room, places
from spaceport.domain.release import ReleaseStatus
from spaceport.domain.space import Rest
from spaceport.domain.stage import Stage
from spaceport.rollout import commands
from spaceport.settings import Settings
from tests.unit.factories import NOW, ago, make_build, make_runner
from tests.unit.test_rollout_step import GIB, House

DRAIN = Drain("local", ago(60), "root", "new memory")
SAID = "the machine local is drained by root since 1 Jan 2026 at 11:59 UTC: new memory"


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.fleet.runner_ids = ["local", "other"]
    house.bench.update(head_sha="a" * 40, sleep_seconds=-1)
    house.full_pass()
    return house


def drain(house: House, moves: bool = False) -> None:
    with house.bench.services.database.begin() as tx:
        tx.rulings.put_drain(Drain(DRAIN.name, DRAIN.since, DRAIN.by, DRAIN.reason, moves))
    house.full_pass(1)


def undrain(house: House) -> None:
    with house.bench.services.database.begin() as tx:
        tx.rulings.remove_drain("local")
    house.full_pass(1)


def build_elsewhere(house: House) -> None:
    """What the build step makes of what was asked."""
    house.bench.release(2, runner_id="other", status=ReleaseStatus.STARTING, live_at=None)
    house.bench.update(rebuild_requested=None, rebuild_by=None)


def told(house: House) -> tuple[Stage, str | None]:
    return house.bench.space.stage, house.bench.space.stage_reason


def roles(house: House) -> list[tuple[str, Role]]:
    return [(each.runner_id, each.role) for each in house.instances]


def test_what_serves_goes_on_and_says_that_its_machine_is_drained(house: House) -> None:
    drain(house)
    house.restart_controller()
    house.full_pass(1)

    assert told(house) == (Stage.RUNNING, f"{SAID}. It goes on here until somebody moves it")
    assert (roles(house), house.bench.space.rebuild_requested) == ([("local", Role.LIVE)], None)

    undrain(house)

    assert told(house) == (Stage.RUNNING, None)


def test_what_moves_is_up_elsewhere_before_it_ends_here(house: House) -> None:
    drain(house, moves=True)

    assert house.bench.space.rebuild_requested == "rebuild"
    assert f"{SAID}; another one takes over" in house.bench.told
    build_elsewhere(house)
    house.full_pass(1)
    assert sorted(roles(house)) == [("local", Role.LIVE), ("other", Role.CANDIDATE)]
    assert house.route.upstream is not None

    house.fleet.obey()
    for _ in range(3):
        house.full_pass(1)

    assert sorted(roles(house)) == [("local", Role.GONE), ("other", Role.LIVE)]
    assert told(house) == (Stage.RUNNING, None)


@pytest.mark.parametrize(
    ("space", "why"),
    [
        ({"volume_bytes": GIB}, "its /data is on that machine"),
        ({"head_sha": "b" * 40}, "it runs the commit aaaaaaa, and main is at another: a rebuild or a push moves it"),
    ],
    ids=["data", "older commit"],
)
def test_what_cannot_move_goes_on_and_says_why(house: House, space: dict[str, Any], why: str) -> None:
    house.bench.update(**space)
    drain(house, moves=True)

    assert told(house) == (Stage.RUNNING, f"{SAID}. It goes on here, because it cannot be moved: {why}")
    assert house.bench.space.rebuild_requested is None


def test_without_another_machine_or_room_there_it_stays_until_there_is(house: House) -> None:
    house.fleet.runner_ids = ["local"]
    drain(house, moves=True)
    assert "cannot be moved: there is no other machine that takes Spaces" in str(told(house)[1])

    house.fleet.runner_ids, house.fleet.memory_bytes = ["local", "other"], GIB // 8
    house.full_pass(1)
    assert "cannot be moved: no other machine has room for" in str(told(house)[1])
    assert house.bench.space.rebuild_requested is None

    house.fleet.memory_bytes = 16 * GIB
    house.full_pass(1)
    assert house.bench.space.rebuild_requested == "rebuild"


def test_nothing_is_started_there_but_elsewhere(house: House) -> None:
    drain(house)
    commands.restart(house.bench.services, house.bench.space, house.bench.owner)
    house.full_pass(1)

    assert house.bench.space.rebuild_requested == "rebuild"
    assert roles(house) == [("local", Role.LIVE)]


def test_what_can_start_nowhere_else_waits_and_starts_when_the_machine_takes_it_again(house: House) -> None:
    house.bench.update(volume_bytes=GIB)
    drain(house)
    commands.pause(house.bench.services, house.bench.space, house.bench.owner)
    house.full_pass(1)
    commands.resume(house.bench.services, house.bench.space, house.bench.owner)
    house.full_pass(1)

    why = f"waiting: {SAID}. It cannot be started elsewhere: its /data is on that machine"
    assert told(house) == (Stage.APP_STARTING, why)
    assert house.bench.space.stage_deadline_at is not None

    undrain(house)

    assert roles(house)[-1] == ("local", Role.CANDIDATE)


def test_what_is_frozen_gives_its_memory_back(house: House) -> None:
    house.bench.update(rest=Rest.FROZEN, rest_since=house.clock.moment, rest_reason="nobody used it for 60 s")
    drain(house, moves=True)

    space = house.bench.space
    assert (space.rest, space.rebuild_requested) == (Rest.STOPPED, None)
    assert space.rest_reason == "nobody used it for 60 s; stopped because its machine is drained"
    house.visit()
    assert house.bench.space.rebuild_requested == "rebuild"


def test_a_lost_runner_leaves_nothing_to_a_drained_one(house: House) -> None:
    with house.bench.services.database.begin() as tx:
        tx.rulings.put_drain(Drain("other", NOW, "root"))
    house.fleet.runner_ids = ["other"]
    house.full_pass(1)
    house.full_pass(400)

    assert house.bench.space.rebuild_requested is None


def test_builders_that_are_drained_take_no_builds(tmp_path: Path) -> None:
    settings, empty = Settings(data_dir=tmp_path, builders=3, build_disk_bytes=100), 0
    runners = [
        make_runner(runner_id="local", builders=2, disk_free_bytes=empty),
        make_runner(runner_id="other", builders=2, disk_free_bytes=500),
    ]
    one = {"other/2": Drain("other/2", NOW, "root")}
    both = {"local": DRAIN, "other": Drain("other", NOW, "root")}

    assert room_for_builds(runners[1:], settings, one) == Room(1)
    assert room_for_builds(runners, settings, {"local": DRAIN}) == Room(2)
    assert room_for_builds(runners, settings, both) == Room(3, SAID, is_closed=True)


def test_builds_that_no_builder_takes_wait_and_say_why() -> None:
    room, patience = Room(1, SAID, is_closed=True), Patience()
    build = make_build(status=BuildStatus.QUEUED, created_at=ago(2 * PATIENCE_SECONDS), handed_at=ago(10))
    patience.note(room, ago(2 * PATIENCE_SECONDS))

    assert places([build], {}, [], room, NOW)["build"].words == f"waiting: {SAID}"
    assert not patience.is_over_for(build, NOW)
