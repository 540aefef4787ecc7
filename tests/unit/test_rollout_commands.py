"""Who stopped a Space, who may start it again, and what is remembered of it."""

from pathlib import Path

import pytest

from spaceport.builds.commands import rebuild
from spaceport.domain.release import ReleaseStatus
from spaceport.domain.space import Desired, Rest
from spaceport.errors import AccessDenied, Conflict, SpaceNotFound
from spaceport.repos.moving import move
from spaceport.rollout import commands
from tests.unit.factories import NOW, make_build, make_push
from tests.unit.services import Bench, make_bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = make_bench(tmp_path)
    bench.release()
    return bench


def test_a_pause_names_who_when_and_why(bench: Bench) -> None:
    commands.pause(bench.services, bench.space, bench.owner, "too\nexpensive")

    assert bench.space.desired is Desired.PAUSED
    assert bench.space.stop_reason == "paused by ada on 1 Jan 2026 at 12:00 UTC: too expensive"
    assert bench.told == ["paused by ada: too expensive", f"PAUSED: {bench.space.stop_reason}"]


def test_who_stops_waiting_for_room_is_paused_with_that_reason(bench: Bench) -> None:
    bench.update(waiting_since=NOW)
    commands.stop_waiting(bench.services, bench.space, bench.owner)

    assert (bench.space.desired, bench.space.waiting_since) == (Desired.PAUSED, None)
    assert bench.space.stop_reason == "paused by ada on 1 Jan 2026 at 12:00 UTC: stopped waiting for room"
    with pytest.raises(Conflict, match="does not wait for room"):
        commands.stop_waiting(bench.services, bench.space, bench.owner)


def test_what_has_found_room_is_not_paused_by_who_still_sees_it_wait(bench: Bench) -> None:
    with pytest.raises(Conflict, match="pause it, if it should not run"):
        commands.stop_waiting(bench.services, bench.space, bench.owner)

    assert bench.space.desired is Desired.RUNNING


def test_what_found_room_since_it_was_looked_at_is_not_paused(bench: Bench) -> None:
    bench.update(waiting_since=NOW)
    seen = bench.space
    bench.update(waiting_since=None)

    with pytest.raises(Conflict, match="does not wait for room"):
        commands.stop_waiting(bench.services, seen, bench.owner)
    assert bench.space.desired is Desired.RUNNING


@pytest.mark.parametrize(
    "command", [commands.restart, commands.resume, commands.pause, commands.stop, commands.delete, rebuild]
)
def test_no_command_brings_back_what_was_deleted_meanwhile(bench: Bench, command: object) -> None:
    bench.update(has_app=True)
    with bench.services.database.begin() as tx:
        tx.pushes.add(make_push())
    seen = bench.space
    commands.delete(bench.services, bench.space, bench.owner)

    with pytest.raises(SpaceNotFound, match="no Space ada/demo"):
        command(bench.services, seen, bench.owner)  # type: ignore[operator]
    assert bench.space.desired is Desired.DELETED


def test_the_owner_starts_again_what_the_owner_paused(bench: Bench) -> None:
    commands.pause(bench.services, bench.space, bench.owner)
    commands.restart(bench.services, bench.space, bench.owner)

    assert bench.space.desired is Desired.RUNNING
    assert bench.space.stop_reason is None
    assert bench.space.generation == 2


def test_the_admins_pause_of_somebody_elses_space_is_a_stop(bench: Bench) -> None:
    commands.pause(bench.services, bench.space, bench.admin, "it mines coins")

    assert bench.space.desired is Desired.STOPPED
    assert (bench.space.stop_reason or "").startswith("stopped by root on ")


@pytest.mark.parametrize("command", [commands.restart, commands.resume, commands.pause])
def test_the_owner_cannot_get_around_the_admins_stop(bench: Bench, command: object) -> None:
    commands.stop(bench.services, bench.space, bench.admin, "it mines coins")

    with pytest.raises(AccessDenied, match="it mines coins"):
        command(bench.services, bench.space, bench.owner)  # type: ignore[operator]
    assert bench.space.desired is Desired.STOPPED


def test_the_admin_starts_it_and_the_review_is_over(bench: Bench) -> None:
    commands.stop(bench.services, bench.space, bench.admin)
    bench.update(review_requested_at=NOW)
    commands.resume(bench.services, bench.space, bench.admin)

    assert bench.space.desired is Desired.RUNNING
    assert bench.space.review_requested_at is None


def test_the_owner_starts_what_the_platform_suspended(bench: Bench) -> None:
    bench.update(desired=Desired.SUSPENDED, stop_reason="suspended by the platform")
    commands.resume(bench.services, bench.space, bench.owner)

    assert bench.space.desired is Desired.RUNNING


def test_a_restart_wakes(bench: Bench) -> None:
    bench.update(rest=Rest.STOPPED, rest_reason="nobody used it for 48 h", wake_tries=2)
    commands.restart(bench.services, bench.space, bench.owner)

    assert (bench.space.rest, bench.space.wake_tries) == (Rest.AWAKE, 0)
    assert bench.told == ["restarted by ada", "APP_STARTING: about to start"]


def test_a_deletion_is_told_under_the_name_that_the_space_had(bench: Bench) -> None:
    """Webhooks that watch this one Space find it by that name."""
    commands.delete(bench.services, bench.space, bench.owner)
    with bench.services.database.read() as tx:
        told = [(each.summary, each.space_name) for each in tx.history.of_space("space")]

    assert told == [("deleted by ada", "ada/demo")]


def test_what_is_being_built_of_a_deleted_space_is_cancelled(bench: Bench) -> None:
    with bench.services.database.begin() as tx:
        tx.builds.add(make_build())
    commands.delete(bench.services, bench.space, bench.owner)

    assert bench.queue.cancelled == ["build"]
    assert bench.told[-1] == "build of aaaaaaa cancelled: ada deleted the Space"


def test_a_restart_keeps_a_failed_push_in_sight(bench: Bench) -> None:
    bench.release(2, is_target=False, status=ReleaseStatus.FAILED, live_at=None, build_id="second")
    bench.update(start_failure="it ends at once", suggestion="mend it")
    commands.restart(bench.services, bench.space, bench.owner)

    assert (bench.space.start_failure, bench.space.suggestion) == ("it ends at once", "mend it")


def test_what_is_frozen_under_an_old_name_is_started_anew(bench: Bench) -> None:
    """An app reads its name from its environment."""
    bench.update(rest=Rest.FROZEN, rest_reason="nobody used it")
    move(bench.services, bench.space, bench.owner, "ada", "other")

    assert bench.space.full_name == "ada/other"
    assert bench.space.rest is Rest.STOPPED
    assert bench.space.rest_reason == "nobody used it; it got another name"
