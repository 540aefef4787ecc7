"""What an owner's Spaces take, and what happens at the limit."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spaceport.domain.instance import Role
from spaceport.domain.room import Spot, spot_words
from spaceport.domain.space import Desired, Rest
from spaceport.domain.usage import memory_refusal
from spaceport.errors import BadRequest
from spaceport.owner_usage import over_memory, usage_of
from spaceport.rollout.hardware_commands import set_hardware
from spaceport.rollout.world import Views, World
from spaceport_runner.template import load_templates
from tests.unit.factories import NOW, make_instance, make_release, make_runner, make_space
from tests.unit.services import Bench, make_bench

GIB = 1024**3


class Runners:
    """Machines with room for everything."""

    def runners(self) -> list[Any]:
        return [make_runner(memory_bytes=640 * GIB, cpus=64)]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A Space that wants to start; another one of the same owner runs on 4 GiB."""
    bench = make_bench(tmp_path)
    bench.services = replace(bench.services, fleet=Runners())  # type: ignore[arg-type]
    bench.release()
    other = make_space(id="other", name="other", subdomain="o", loopback_address="127.64.0.9")
    with bench.services.database.begin() as tx:
        tx.spaces.add(replace(other, target_release_id="theirs", volume_bytes=GIB, volume_used_bytes=7))
        tx.releases.add(make_release(id="theirs", space_id="other"))
        tx.instances.add(make_instance(id="up", space_id="other", release_id="theirs", role=Role.LIVE))
    return bench


def limit(bench: Bench, gib: int) -> None:
    settings = replace(bench.services.settings, max_memory_per_user_bytes=gib * GIB)
    bench.services = replace(bench.services, settings=settings)


def spot(bench: Bench) -> Spot | None:
    runner = make_runner(memory_bytes=640 * GIB, cpus=64)
    world = World(reports={}, gateways=(), runner_ids=frozenset({"local"}), route_version=1, runners={"local": runner})
    settings = bench.services.settings
    with bench.services.database.read() as tx:
        return Views(settings, load_templates(settings.templates_dir)).view(tx, "space", world, NOW).spot  # type: ignore[union-attr]


def test_usage_counts_what_runs_and_what_is_kept(bench: Bench) -> None:
    limit(bench, 8)
    with bench.services.database.begin() as tx:
        usage = usage_of(tx, bench.services.settings, "user")
        tx.spaces.update("other", rest=Rest.FROZEN)
        asleep = usage_of(tx, bench.services.settings, "user")

    assert [each.full_name for each in usage.spaces] == ["ada/demo", "ada/other"]
    assert (usage.memory_bytes, usage.memory_allowed_bytes) == (4 * GIB, 8 * GIB)
    assert (usage.used_bytes, usage.volume_bytes) == (7, GIB)
    assert asleep.memory_bytes == 0


def test_a_space_beyond_the_limit_waits_until_another_one_is_paused(bench: Bench) -> None:
    limit(bench, 4)
    found = spot(bench)

    assert found is not None
    assert not found.is_free
    assert "other running Spaces of its owner have 4 GiB of the 4 GiB" in spot_words(found, NOW)
    with bench.services.database.begin() as tx:
        tx.spaces.update("other", desired=Desired.PAUSED)
    after = spot(bench)
    assert after is not None
    assert after.is_free


def test_admins_and_a_limit_of_none_hold_nobody_back(bench: Bench) -> None:
    with bench.services.database.read() as tx:
        assert over_memory(tx, bench.services.settings, bench.space, "cpu-performance") is None
        limit(bench, 1)
        assert over_memory(tx, bench.services.settings, bench.space, "cpu-basic") is not None
        assert over_memory(tx, bench.services.settings, replace(bench.space, owner_id="root"), "cpu-basic") is None


def test_hardware_beyond_the_limit_is_refused_with_what_can_be_done(bench: Bench) -> None:
    limit(bench, 8)
    with pytest.raises(BadRequest, match="have 4 GiB of the 8 GiB"):
        set_hardware(bench.services, bench.space, bench.owner, "cpu-upgrade")
    with pytest.raises(BadRequest, match="all running Spaces of an owner may have 8 GiB together"):
        set_hardware(bench.services, bench.space, bench.owner, "cpu-performance")
    bench.update(desired=Desired.PAUSED)
    set_hardware(bench.services, bench.space, bench.owner, "cpu-upgrade")

    assert bench.space.hardware == "cpu-upgrade"


def test_what_just_fits_is_no_problem() -> None:
    assert memory_refusal(4 * GIB, 4 * GIB, 8 * GIB) is None
    assert memory_refusal(4 * GIB, 0, 0) is None
