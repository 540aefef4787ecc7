"""The spot of a Space, from what is in the database."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spaceport.domain.instance import Role
from spaceport.domain.room import Spot
from spaceport.domain.space import Desired, Rest
from spaceport.rollout.world import Views, World
from spaceport_runner.contract import RunnerReport
from spaceport_runner.template import load_templates
from tests.unit.factories import NOW, ago, make_instance, make_release, make_runner, make_space
from tests.unit.services import Bench, make_bench

GIB = 1024**3
#: Room for one Space of the smallest hardware.
RUNNER = make_runner(cpus=2, memory_bytes=5 * GIB)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A Space that wants to start beside one of somebody else, which runs."""
    bench = make_bench(tmp_path, name="new")
    bench.release()
    with bench.services.database.begin() as tx:
        tx.spaces.add(neighbour())
        tx.releases.add(make_release(id="theirs", space_id="neighbour"))
        tx.instances.add(make_instance(id="up", space_id="neighbour", release_id="theirs", role=Role.LIVE))
    return bench


def neighbour() -> Any:
    space = make_space(id="neighbour", name="neighbour", owner_id="eve", subdomain="n", loopback_address="127.64.0.9")
    return replace(space, target_release_id="theirs", generation=1)


def spot(bench: Bench, runner: RunnerReport | None = RUNNER) -> Spot | None:
    settings = replace(bench.services.settings, memory_overcommit=1, cpu_overcommit=1)
    runners = {runner.runner_id: runner} if runner else {}
    world = World(reports={}, gateways=(), runner_ids=frozenset(runners), route_version=1, runners=runners)
    views = Views(settings, load_templates(settings.templates_dir))
    with bench.services.database.read() as tx:
        return views.view(tx, "space", world, NOW).spot


def change_neighbour(bench: Bench, **changes: Any) -> None:
    with bench.services.database.begin() as tx:
        tx.spaces.update("neighbour", **changes)


def test_a_space_waits_while_another_one_has_the_room(bench: Bench) -> None:
    found = spot(bench)

    assert found is not None
    assert not found.is_free
    assert found.sleepers == ()


def test_a_larger_machine_has_room_for_both(bench: Bench) -> None:
    found = spot(bench, make_runner(cpus=4, memory_bytes=10 * GIB))

    assert found is not None
    assert found.is_free


def test_a_frozen_neighbour_is_asked_to_make_room(bench: Bench) -> None:
    change_neighbour(bench, rest=Rest.FROZEN, rest_since=ago(60))

    assert spot(bench).sleepers == ("neighbour",)  # type: ignore[union-attr]


def test_a_paused_neighbour_leaves_anyway(bench: Bench) -> None:
    change_neighbour(bench, desired=Desired.PAUSED, rest=Rest.FROZEN)

    assert spot(bench).sleepers == ()  # type: ignore[union-attr]


def test_a_swap_never_waits(bench: Bench) -> None:
    with bench.services.database.begin() as tx:
        tx.instances.add(make_instance(id="old", generation=0, release_id="release1", role=Role.LIVE))

    assert spot(bench) is None


def test_without_a_sign_of_life_nobody_waits(bench: Bench) -> None:
    assert spot(bench, None) is None
