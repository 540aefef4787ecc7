"""What people ask of a Space: written down here, done by the controller."""

from datetime import timedelta

from spaceport.build_history import cancel_builds, forget_builds
from spaceport.deployments import settled, still_there
from spaceport.domain.access import is_own, require_right_to_start
from spaceport.domain.account import Caller
from spaceport.domain.events import Event, EventKind
from spaceport.domain.history import HappeningKind
from spaceport.domain.space import Desired, Rest, Space
from spaceport.domain.words import stop_words
from spaceport.errors import Conflict
from spaceport.interfaces import Transaction
from spaceport.rollout.config_change import change_config
from spaceport.rollout.environment import start_seconds_of
from spaceport.services import Services
from spaceport.stage_record import note_asked, note_stopped


def restart(services: Services, space: Space, caller: Caller, reason: str | None = None) -> None:
    """
    Start the same release anew, waking the Space; the old instance serves until the new one answers.

    Raises: SpaceNotFound when it was deleted meanwhile, Conflict when there is nothing to start yet, AccessDenied when
    the admin stopped it.
    """
    with services.database.begin() as tx:
        current = still_there(tx, space)
        if current.target_release_id is None:
            raise Conflict(f"{space.full_name} has no release to start yet: push an app to main first")
        _start_anew(services, tx, current, caller, "restarted", reason)
    _tell(services, space)


def pause(services: Services, space: Space, caller: Caller, reason: str | None = None) -> None:
    """
    The owner's stop: nothing starts it but the owner. An admin who does it to the Space of somebody else stops it.

    Raises: SpaceNotFound, AccessDenied when the admin stopped it: the owner's pause would let the owner start it again.
    """
    if not is_own(caller, space):
        return stop(services, space, caller, reason)
    _stop_as(services, space, caller, Desired.PAUSED, reason)


def stop_waiting(services: Services, space: Space, caller: Caller, reason: str | None = None) -> None:
    """
    Give up the place in the line for room: a ``pause`` with that reason.

    Raises: Conflict when it does not wait (any more): nobody wants an app paused that has just found room; and as
    ``pause``.
    """
    desired = Desired.PAUSED if is_own(caller, space) else Desired.STOPPED
    _stop_as(services, space, caller, desired, reason or "stopped waiting for room", only_waiting=True)


def stop(services: Services, space: Space, caller: Caller, reason: str | None = None) -> None:
    """The admin's stop: the owner cannot undo it, but ask for a review. Raises: SpaceNotFound."""
    _stop_as(services, space, caller, Desired.STOPPED, reason)


def resume(services: Services, space: Space, caller: Caller, reason: str | None = None) -> None:
    """
    Undo ``pause``, ``stop`` and the platform's suspension; does nothing to a Space that runs.

    Raises: SpaceNotFound when it was deleted meanwhile, AccessDenied when the admin stopped it.
    """
    with services.database.begin() as tx:
        current = still_there(tx, space)
        if current.desired is Desired.RUNNING:
            return
        _start_anew(services, tx, current, caller, "started again", reason)
    _tell(services, space)


def request_review(services: Services, space: Space, caller: Caller) -> None:
    """
    Ask the admin to look at a Space that the owner may not start.

    Raises: Conflict when nobody but the owner stopped it, and as ``require``.
    """
    with change_config(services, space, caller) as change:
        if change.space.desired not in (Desired.STOPPED, Desired.SUSPENDED):
            raise Conflict(f"{space.full_name} was not stopped by an admin or the platform: there is nothing to review")
        change.tx.spaces.update(change.space.id, review_requested_at=services.clock.now())
        change.tell(f"{caller.name} asks for a review", review=True)


def delete(services: Services, space: Space, caller: Caller, reason: str | None = None) -> None:
    """
    Remove a Space for good: the controller stops what runs, then the rows and the repo go.

    The name is free at once (hub-api.md section 4), so the row gives it up here. What is being built is cancelled.

    Raises: SpaceNotFound when somebody else was faster.
    """
    with services.database.begin() as tx:
        space = still_there(tx, space)
        # Written down first: the history names Spaces as they are called at that moment.
        _record(services, tx, space, caller, "deleted", reason)
        cancelled = cancel_builds(tx, space, f"{caller.name} deleted the Space", caller.name, services.clock.now())
        tx.spaces.update(
            space.id,
            desired=Desired.DELETED,
            name=f"deleted.{space.id}",
            subdomain=f"deleted-{space.id}",
            stop_reason=reason or f"deleted by {caller.name}",
        )
    forget_builds(services.queue, cancelled)
    services.events.publish(Event(EventKind.DELETED, space.id))


def _stop_as(
    services: Services,
    space: Space,
    caller: Caller,
    desired: Desired,
    reason: str | None,
    only_waiting: bool = False,
) -> None:
    """``only_waiting`` stops it only while it still waits for room, whatever was seen before."""
    verb = desired.value
    with services.database.begin() as tx:
        current = still_there(tx, space)
        require_right_to_start(caller, current)
        if only_waiting and current.waiting_since is None:
            raise Conflict(f"{space.full_name} does not wait for room (any more): pause it, if it should not run")
        now = services.clock.now()
        words = stop_words(verb, caller.name, now, reason)
        tx.spaces.update(space.id, desired=desired, stop_reason=words, waiting_since=None)
        _record(services, tx, space, caller, verb, reason)
        note_stopped(tx, current, words, now)
    _tell(services, space)


def _start_anew(
    services: Services, tx: Transaction, space: Space, caller: Caller, verb: str, reason: str | None
) -> None:
    """A new generation of the same release, awake."""
    require_right_to_start(caller, space)
    target = tx.releases.get(space.target_release_id) if space.target_release_id else None
    tx.spaces.update(
        space.id,
        desired=Desired.RUNNING,
        stop_reason=None,
        generation=space.generation + 1,
        rest=Rest.AWAKE,
        rest_since=services.clock.now(),
        rest_reason=None,
        wake_tries=0,
        review_requested_at=None,
        **settled(tx, space, target),
    )
    _record(services, tx, space, caller, verb, reason)
    if target is not None:
        now = services.clock.now()
        note_asked(tx, space, False, now + timedelta(seconds=start_seconds_of(space, target, services.settings)), now)


def _record(services: Services, tx: Transaction, space: Space, caller: Caller, verb: str, reason: str | None) -> None:
    why = " ".join((reason or "").split())
    summary = f"{verb} by {caller.name}" + (f": {why}" if why else "")
    details = {"command": verb, "reason": why or None}
    tx.history.add(space.id, services.clock.now(), HappeningKind.COMMAND, caller.name, summary, details)


def _tell(services: Services, space: Space) -> None:
    services.events.publish(Event(EventKind.COMMANDED, space.id))
