"""What people ask of builds: written down here, done by the controller."""

from datetime import timedelta

from spaceport.build_history import forget_builds, record_cancelled
from spaceport.builds.locks import kept_lock
from spaceport.deployments import still_there
from spaceport.domain.access import require_right_to_start
from spaceport.domain.account import Caller
from spaceport.domain.build import Build
from spaceport.domain.events import Event, EventKind
from spaceport.domain.history import HappeningKind
from spaceport.domain.space import Desired, Space
from spaceport.errors import Conflict
from spaceport.services import Services
from spaceport.stage_record import note_asked

#: What is told of each way of building again.
_WORDS = {
    "rebuild": "asked for a rebuild",
    "factory": "asked for a rebuild without cache",
    "locked": "asked for a rebuild with the versions that worked",
}


def rebuild(services: Services, space: Space, caller: Caller, no_cache: bool = False, use_lock: bool = False) -> None:
    """
    Build the head of ``main`` again: with nothing from the cache, or with the versions that worked, when asked.

    Raises: SpaceNotFound when it was deleted meanwhile, Conflict when nothing was pushed yet, or when there are no
    versions that worked for what is installed now.
    """
    how = "locked" if use_lock else "factory" if no_cache else "rebuild"
    with services.database.begin() as tx:
        current, push = still_there(tx, space), tx.pushes.latest(space.id)
        if push is None or not current.has_app:
            raise Conflict(f"{space.full_name} has nothing to build yet: push an app to main first")
        require_right_to_start(caller, current)
        if use_lock:
            kept_lock(tx, current, push)
        now, summary = services.clock.now(), f"{caller.name} {_WORDS[how]}"
        # What was stopped begins anew: ends of an earlier run must not suspend it once more.
        begun = {"rest_since": now} if current.desired is not Desired.RUNNING else {}
        tx.spaces.update(
            space.id,
            desired=Desired.RUNNING,
            stop_reason=None,
            review_requested_at=None,
            rebuild_requested=how,
            rebuild_by=caller.name,
            **begun,
        )
        tx.history.add(space.id, now, HappeningKind.COMMAND, caller.name, summary, {"command": how})
        note_asked(tx, current, True, now + timedelta(seconds=services.settings.queue_deadline_seconds), now)
    services.events.publish(Event(EventKind.COMMANDED, space.id))


def cancel(services: Services, build: Build, caller: Caller) -> None:
    """
    End a waiting or running build; a finished one raises.

    Raises: Conflict.
    """
    reason, now = f"cancelled by {caller.name}", services.clock.now()
    with services.database.begin() as tx:
        current = tx.builds.get(build.id)
        if current is None or not current.is_active:
            raise Conflict(f"this build is over already: {current.status if current else build.status}")
        record_cancelled(tx, current, reason, caller.name, now)
        tx.spaces.update(build.space_id, build_failure=f"the build was {reason}", suggestion=None)
    forget_builds(services.queue, [current])
    services.events.publish(Event(EventKind.COMMANDED, build.space_id))
