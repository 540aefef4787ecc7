"""What decided actions leave in the database."""

from dataclasses import replace
from pathlib import Path

import pytest

from spaceport.domain.history import HappeningKind
from spaceport.domain.instance import Instance, Role
from spaceport.domain.release import ReleaseStatus
from spaceport.domain.space import Desired, Rest
from spaceport.rollout.actions import Action, Crash, Fail, Sleep, Wake
from spaceport.rollout.apply import MAX_WAKE_TRIES, Applier
from tests.unit.factories import NOW, make_instance
from tests.unit.services import Bench, make_bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = make_bench(tmp_path)
    bench.release()
    return bench


def apply(bench: Bench, action: Action) -> None:
    with bench.services.database.begin() as tx:
        Applier(bench.services.settings, NOW, next_route_version=7).apply(tx, bench.space, action)


def add(bench: Bench, **values: object) -> Instance:
    instance = make_instance(**{"release_id": "release1"} | values)
    with bench.services.database.begin() as tx:
        tx.instances.add(instance)
    return instance


def fail(instance: Instance) -> Fail:
    return Fail(instance, "it ends at once", None, 1, None)


def test_going_to_sleep_notes_the_routes_that_let_go(bench: Bench) -> None:
    add(bench, role=Role.LIVE)
    apply(bench, Sleep(Rest.FROZEN, "nobody used it for 48 h"))

    with bench.services.database.read() as tx:
        [instance] = tx.instances.current("space")
    assert instance.swap_version == 7
    assert (bench.space.rest, bench.space.rest_since) == (Rest.FROZEN, NOW)


@pytest.mark.parametrize(("rest", "generation"), [(Rest.FROZEN, 1), (Rest.STOPPED, 2)])
def test_only_a_stopped_space_needs_another_instance_to_wake(bench: Bench, rest: Rest, generation: int) -> None:
    bench.update(rest=rest)
    apply(bench, Wake())

    assert (bench.space.rest, bench.space.generation, bench.space.wake_tries) == (Rest.AWAKE, generation, 1)


def test_a_wake_that_fails_is_tried_again_and_then_no_more(bench: Bench) -> None:
    bench.update(rest=Rest.STOPPED)
    apply(bench, Wake())
    for number in range(1, MAX_WAKE_TRIES):
        apply(bench, fail(add(bench, id=f"try{number}", generation=bench.space.generation)))
        assert bench.space.failed_generation != bench.space.generation
        assert bench.space.start_failure is None
    apply(bench, fail(add(bench, id="last", generation=bench.space.generation)))

    assert bench.space.failed_generation == bench.space.generation
    assert bench.space.start_failure == "it ends at once (it did not wake up 3 times)"
    assert bench.space.wake_tries == 0


def test_a_start_that_was_no_wake_is_not_tried_again(bench: Bench) -> None:
    apply(bench, fail(add(bench)))

    assert bench.space.failed_generation == 1


def test_a_release_that_did_not_come_up_keeps_what_to_try(bench: Bench) -> None:
    """The Space turns back to what serves, and what it says is soon about something else."""
    bench.release(2, status=ReleaseStatus.STARTING, live_at=None)
    apply(bench, replace(fail(add(bench, release_id="release2")), suggestion="mend it", fallback_release_id="release1"))

    failed = bench.releases[-1]
    assert (failed.status, failed.failure, failed.suggestion) == (ReleaseStatus.FAILED, "it ends at once", "mend it")
    assert bench.space.target_release_id == "release1"


def test_a_crash_that_is_made_good_is_told_to_the_admin(bench: Bench) -> None:
    live = add(bench, role=Role.LIVE)
    apply(bench, Crash(live, "it ran out of memory", None, 137, give_up=False))

    with bench.services.database.read() as tx:
        [repair] = tx.history.newest(HappeningKind.REPAIR, 10)
    assert repair.summary == "the app ended and is started again: it ran out of memory"
    assert repair.space_name == "ada/demo"


def test_a_suspension_names_the_platform_and_the_cause(bench: Bench) -> None:
    live = add(bench, role=Role.LIVE)
    apply(bench, Crash(live, "it ran out of memory", "load less", 137, give_up=False, suspends=10))

    assert bench.space.desired is Desired.SUSPENDED
    assert bench.space.suggestion == "load less"
    assert bench.space.stop_reason == (
        "suspended by the platform on 1 Jan 2026 at 12:00 UTC: "
        "it ended 10 times within an hour, at last because it ran out of memory"
    )


def test_a_release_whose_image_is_gone_has_failed_though_it_is_built_again(bench: Bench) -> None:
    """Its status would stay ``starting`` for ever if that build failed."""
    bench.update(head_sha="a" * 40)
    bench.release(2, status=ReleaseStatus.STARTING, live_at=None)
    apply(bench, replace(fail(add(bench, release_id="release2", generation=2)), image_missing=True))

    assert bench.space.rebuild_requested == "rebuild"
    assert bench.releases[-1].status is ReleaseStatus.FAILED


@pytest.mark.parametrize(("head", "rebuild"), [("a" * 40, "rebuild"), ("b" * 40, None)])
def test_main_is_built_for_a_lost_image_only_if_it_is_what_was_served(
    bench: Bench, head: str, rebuild: str | None
) -> None:
    """After a rollback a build would bring back what somebody went away from."""
    bench.update(head_sha=head)
    live = add(bench, role=Role.LIVE)
    apply(bench, Crash(live, "no such image", None, None, give_up=False, image_missing=True))

    assert bench.space.rebuild_requested == rebuild
    assert (bench.space.start_failure is None) == (rebuild is not None)
    assert bench.space.failed_generation == bench.space.generation


def test_a_wake_keeps_a_failed_push_in_sight(bench: Bench) -> None:
    bench.release(2, is_target=False, status=ReleaseStatus.FAILED, live_at=None, build_id="second")
    bench.update(rest=Rest.FROZEN, start_failure="it ends at once", suggestion="mend it")
    apply(bench, Wake())

    assert (bench.space.start_failure, bench.space.suggestion) == ("it ends at once", "mend it")
