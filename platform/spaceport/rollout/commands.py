"""What people ask of a Space: written down here, done by the controller."""

from spaceport.domain.access import require_right_to_start
from spaceport.domain.account import Caller
from spaceport.domain.events import Event, EventKind
from spaceport.domain.space import Desired, Rest, Space
from spaceport.errors import Conflict
from spaceport.interfaces import Transaction
from spaceport.services import Services


def restart(services: Services, space: Space, caller: Caller, reason: str | None = None) -> None:
    """
    Start the same release anew; the old instance serves until the new one answers.

    Raises: Conflict when there is nothing to start yet.
    """
    with services.database.begin() as tx:
        current = tx.spaces.get(space.id)
        if current is None or current.target_release_id is None:
            raise Conflict(f"{space.full_name} has no release to start yet: push an app to main first")
        _start_anew(tx, current, caller)
    _tell(services, space)


def pause(services: Services, space: Space, caller: Caller, reason: str | None = None) -> None:
    """The owner's stop: nothing starts it but the owner."""
    _stop_as(services, space, Desired.PAUSED, reason or f"paused by {caller.name}")


def stop(services: Services, space: Space, caller: Caller, reason: str | None = None) -> None:
    """The admin's stop."""
    _stop_as(services, space, Desired.STOPPED, reason or f"stopped by {caller.name}")


def resume(services: Services, space: Space, caller: Caller, reason: str | None = None) -> None:
    """Undo ``pause`` and ``stop``; does nothing to a Space that runs."""
    with services.database.begin() as tx:
        current = tx.spaces.get(space.id)
        if current is None or current.desired is Desired.RUNNING:
            return
        _start_anew(tx, current, caller)
    _tell(services, space)


def delete(services: Services, space: Space, caller: Caller, reason: str | None = None) -> None:
    """
    Remove a Space for good: the controller stops what runs, then the rows and the repo go.

    The name is free at once (hub-api.md section 4), so the row gives it up here.
    """
    with services.database.begin() as tx:
        tx.spaces.update(
            space.id,
            desired=Desired.DELETED,
            name=f"deleted.{space.id}",
            subdomain=f"deleted-{space.id}",
            stop_reason=reason or f"deleted by {caller.name}",
        )
    services.events.publish(Event(EventKind.DELETED, space.id))


def _stop_as(services: Services, space: Space, desired: Desired, reason: str) -> None:
    with services.database.begin() as tx:
        tx.spaces.update(space.id, desired=desired, stop_reason=reason)
    _tell(services, space)


def _start_anew(tx: Transaction, space: Space, caller: Caller) -> None:
    """A new generation of the same release, awake."""
    require_right_to_start(caller, space)
    tx.spaces.update(
        space.id,
        desired=Desired.RUNNING,
        stop_reason=None,
        start_failure=None,
        suggestion=None,
        generation=space.generation + 1,
        rest=Rest.AWAKE,
        rest_reason=None,
        wake_tries=0,
    )


def _tell(services: Services, space: Space) -> None:
    services.events.publish(Event(EventKind.COMMANDED, space.id))
