"""What an owner's Spaces take, and what happens at the limit."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.testclient import TestClient
from starlette.middleware.base import RequestResponseEndpoint

from spaceport.api.repos import make_repos_router
from spaceport.domain.blob import StoredBlob
from spaceport.domain.instance import Role
from spaceport.domain.quota import NO_LIMIT, UNLIMITED, Allowance, Quota, amount_of
from spaceport.domain.room import NOTHING, Size, Spot, spot_words
from spaceport.domain.space import Desired, Rest
from spaceport.domain.usage import quota_refusal
from spaceport.errors import AccessDenied, BadRequest
from spaceport.owner_usage import OwnerUse, check_hardware_quota, usage_of
from spaceport.repos.creation import check_quota
from spaceport.repos.duplication import duplicate
from spaceport.repos.large_files import keep_large_file
from spaceport.rollout.actions import GiveUp, MakeRoom, Wait
from spaceport.rollout.decide import decide
from spaceport.rollout.hardware_commands import set_hardware
from spaceport.rollout.view import View
from spaceport.rollout.volume_commands import set_volume
from spaceport.rollout.world import Views, World
from spaceport_runner.template import load_templates
from tests.unit.factories import NOW, ago, make_instance, make_release, make_runner, make_space
from tests.unit.services import Bench, make_bench

GIB = 1024**3
NEVER = (
    "it needs 4 GiB of memory, and all running Spaces of its owner may have 2 GiB of memory together (quota for memory)"
)


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
    return view(bench).spot


def view(bench: Bench) -> View:
    runner = make_runner(memory_bytes=640 * GIB, cpus=64)
    world = World(reports={}, gateways=(), runner_ids=frozenset({"local"}), route_version=1, runners={"local": runner})
    settings = bench.services.settings
    with bench.services.database.read() as tx:
        found = Views(settings, load_templates(settings.templates_dir)).view(tx, "space", world, NOW)
    assert found is not None
    return found


def put_to_sleep(bench: Bench, depth: Rest) -> None:
    """The other Space."""
    with bench.services.database.begin() as tx:
        tx.spaces.update("other", rest=depth, rest_since=ago(60))


def test_usage_counts_what_runs_and_what_is_kept(bench: Bench) -> None:
    limit(bench, 8)
    with bench.services.database.read() as tx:
        usage = usage_of(tx, bench.services.settings, "user")

    assert [each.full_name for each in usage.spaces] == ["ada/demo", "ada/other"]
    assert (usage.memory_bytes, usage.allowed.memory_bytes) == (4 * GIB, 8 * GIB)
    assert (usage.used_bytes, usage.volume_bytes) == (7, GIB)


@pytest.mark.parametrize(("depth", "held"), [(Rest.FROZEN, 4 * GIB), (Rest.STOPPED, 0)])
def test_a_frozen_space_counts_until_it_is_stopped(bench: Bench, depth: Rest, held: int) -> None:
    put_to_sleep(bench, depth)
    with bench.services.database.read() as tx:
        assert usage_of(tx, bench.services.settings, "user").memory_bytes == held


def test_a_frozen_space_is_stopped_where_another_one_of_its_owner_needs_the_memory(bench: Bench) -> None:
    limit(bench, 4)
    put_to_sleep(bench, Rest.FROZEN)

    assert decide(view(bench)) == [Wait()]
    bench.update(waiting_since=NOW)
    assert decide(view(bench)) == [MakeRoom(("other",))]
    put_to_sleep(bench, Rest.STOPPED)
    assert spot(bench).is_free  # type: ignore[union-attr]


def test_nobody_is_stopped_while_the_memory_is_enough_for_both(bench: Bench) -> None:
    limit(bench, 8)
    put_to_sleep(bench, Rest.FROZEN)

    assert spot(bench).is_free  # type: ignore[union-attr]


def test_larger_hardware_of_what_runs_stops_what_is_frozen(bench: Bench) -> None:
    """A release beside what is live is let in without asking."""
    limit(bench, 8)
    with bench.services.database.begin() as tx:
        tx.instances.add(make_instance(id="mine", release_id="release1", role=Role.LIVE))
    put_to_sleep(bench, Rest.FROZEN)
    with bench.services.database.read() as tx:
        before = OwnerUse(tx, bench.services.settings).surplus()
    set_hardware(bench.services, bench.space, bench.owner, "cpu-upgrade")
    with bench.services.database.begin() as tx:
        tx.instances.add(make_instance(id="larger", release_id=bench.space.target_release_id, role=Role.CANDIDATE))
        after = OwnerUse(tx, bench.services.settings).surplus()

    assert (before, after) == (frozenset(), {"other"})


def test_what_its_owner_may_never_have_is_given_up_at_once(bench: Bench) -> None:
    limit(bench, 2)
    [given_up] = decide(view(bench))

    assert isinstance(given_up, GiveUp)
    assert given_up.cause == NEVER
    assert "ask the admin for more" in given_up.suggestion


def test_a_space_beyond_the_limit_waits_until_another_one_is_paused(bench: Bench) -> None:
    limit(bench, 4)
    found = spot(bench)

    assert found is not None
    assert not found.is_free
    assert "other running Spaces of its owner have 4 GiB of memory of the 4 GiB" in spot_words(found, NOW)
    with bench.services.database.begin() as tx:
        tx.spaces.update("other", desired=Desired.PAUSED)
    after = spot(bench)
    assert after is not None
    assert after.is_free


def test_admins_and_a_limit_of_none_hold_nobody_back(bench: Bench) -> None:
    with bench.services.database.begin() as tx:
        check_hardware_quota(tx, bench.services.settings, "user", "cpu-performance")
        limit(bench, 1)
        check_hardware_quota(tx, bench.services.settings, "root", "cpu-basic")
        with pytest.raises(BadRequest):
            check_hardware_quota(tx, bench.services.settings, "user", "cpu-basic")


def test_hardware_beyond_the_limit_is_refused_with_what_can_be_done(bench: Bench) -> None:
    limit(bench, 8)
    with pytest.raises(BadRequest, match="have 4 GiB of memory of the 8 GiB"):
        set_hardware(bench.services, bench.space, bench.owner, "cpu-upgrade")
    with pytest.raises(BadRequest, match="all running Spaces of its owner may have 8 GiB of memory together"):
        set_hardware(bench.services, bench.space, bench.owner, "cpu-performance")
    bench.update(desired=Desired.PAUSED)
    set_hardware(bench.services, bench.space, bench.owner, "cpu-upgrade")

    assert bench.space.hardware == "cpu-upgrade"


def test_a_frozen_space_gets_no_hardware_beyond_the_limit_either(bench: Bench) -> None:
    """It wakes beside what is frozen of it, which needs no room of its own."""
    limit(bench, 8)
    bench.update(rest=Rest.FROZEN)

    with pytest.raises(BadRequest, match="have 4 GiB of memory of the 8 GiB"):
        set_hardware(bench.services, bench.space, bench.owner, "cpu-upgrade")


def test_a_copy_is_not_made_on_hardware_beyond_the_limit(bench: Bench) -> None:
    limit(bench, 8)

    with pytest.raises(BadRequest, match="hardware cpu-upgrade cannot be chosen: it needs 8 GiB"):
        duplicate(bench.services, bench.space, bench.owner, "ada", "copy", hardware="cpu-upgrade")
    with bench.services.database.read() as tx:
        assert tx.spaces.by_name("ada", "copy") is None


def test_what_just_fits_is_no_problem() -> None:
    size = Size(4 * GIB, 2.0, 1)
    just = Allowance(running=2, memory_bytes=8 * GIB, cpus=4, gpus=2)

    assert quota_refusal(size, size, 1, just) is None
    assert quota_refusal(size, size, 100, NO_LIMIT) is None
    assert "quota for GPUs" in str(quota_refusal(size, NOTHING, 0, Allowance(gpus=0)))
    assert quota_refusal(Size(GIB, 1.0), NOTHING, 0, Allowance(gpus=0)) is None


def test_a_new_space_is_not_made_for_hardware_beyond_the_limit(bench: Bench) -> None:
    limit(bench, 8)
    app = FastAPI()
    app.include_router(make_repos_router(bench.services))

    @app.middleware("http")
    async def sign_in(request: Request, call_next: RequestResponseEndpoint) -> Response:
        request.state.caller = bench.owner
        return await call_next(request)

    asked = {"name": "ada/large", "type": "space", "sdk": "gradio", "hardware": "cpu-upgrade"}
    with pytest.raises(BadRequest, match="hardware cpu-upgrade cannot be chosen"):
        TestClient(app).post("/api/repos/create", json=asked)
    with bench.services.database.read() as tx:
        assert tx.spaces.by_name("ada", "large") is None


def decide_for(bench: Bench, owner_id: str = "user", **values: Any) -> None:
    with bench.services.database.begin() as tx:
        tx.rulings.put_quota(Quota(owner_id, NOW, "root", **values))


@pytest.mark.parametrize(
    ("own", "why"),
    [
        ({"running": 1}, "its owner may have 1 running Spaces at a time (quota for running Spaces), and 1 others run"),
        (
            {"memory_bytes": 6 * GIB},
            "have 4 GiB of memory of the 6 GiB of memory that they may have together (quota for memory)",
        ),
        (
            {"cpus": 3.0},
            "it needs 2 cpus, and other running Spaces of its owner have 2 cpus of the 3 cpus that they may",
        ),
    ],
    ids=["running", "memory", "cpus"],
)
def test_an_owner_is_held_to_what_an_admin_decided_for_them(bench: Bench, own: dict[str, Any], why: str) -> None:
    decide_for(bench, **own)
    found = spot(bench)

    assert found is not None
    assert (found.is_free, found.fits_never) == (False, False)
    assert why in spot_words(found, NOW)
    assert "ask the admin for more" in spot_words(found, NOW)
    with bench.services.database.begin() as tx:
        tx.spaces.update("other", desired=Desired.PAUSED)
    assert spot(bench).is_free  # type: ignore[union-attr]


def test_own_quotas_go_before_those_of_everybody_and_hold_for_admins(bench: Bench) -> None:
    limit(bench, 4)
    decide_for(bench, memory_bytes=UNLIMITED)
    assert spot(bench).is_free  # type: ignore[union-attr]

    decide_for(bench, "root", memory_bytes=GIB)
    decide_for(bench, running=0)
    with bench.services.database.read() as tx, pytest.raises(BadRequest, match="quota for memory"):
        check_hardware_quota(tx, bench.services.settings, "root", "cpu-basic")
    [given_up] = decide(view(bench))
    assert isinstance(given_up, GiveUp)
    assert given_up.cause == "no Space of its owner may run (quota for running Spaces)"


def test_files_and_data_count_for_the_quota_of_storage(bench: Bench) -> None:
    decide_for(bench, storage_bytes=3 * GIB)
    with pytest.raises(AccessDenied, match="quota for storage"):
        set_volume(bench.services, bench.space, bench.owner, 4 * GIB)
    set_volume(bench.services, bench.space, bench.owner, 2 * GIB)

    with pytest.raises(AccessDenied, match="ask the admin for more"):
        keep_large_file(bench.services, "space", StoredBlob("a" * 64, 4 * GIB))
    with bench.services.database.read() as tx:
        assert tx.blobs.get("a" * 64) is None


def test_as_many_spaces_as_an_admin_decided(bench: Bench) -> None:
    decide_for(bench, spaces=2)

    with bench.services.database.read() as tx:
        with pytest.raises(AccessDenied, match=r"ada has 2 of 2 Spaces that are allowed \(quota for Spaces\)"):
            check_quota(tx, bench.services.settings, bench.owner.user)  # type: ignore[arg-type]
        check_quota(tx, bench.services.settings, bench.admin.user)  # type: ignore[arg-type]


def test_amounts_are_read_as_people_write_them() -> None:
    assert (amount_of("running", " 3 "), amount_of("memory_bytes", "0.5"), amount_of("cpus", "1.5")) == (
        3,
        GIB // 2,
        1.5,
    )
    assert (amount_of("spaces", "default"), amount_of("gpus", ""), amount_of("gpus", "Unlimited")) == (
        None,
        None,
        UNLIMITED,
    )
    for kind, text in (("running", "1.5"), ("gpus", "-1"), ("cpus", "nan"), ("storage_bytes", "much")):
        with pytest.raises(ValueError, match="a number from 0 on, unlimited, or nothing"):
            amount_of(kind, text)
