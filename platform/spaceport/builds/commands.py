"""What people ask of builds: written down here, done by the controller."""

from spaceport.domain.access import require_right_to_start
from spaceport.domain.account import Caller
from spaceport.domain.build import Build, BuildStatus
from spaceport.domain.events import Event, EventKind
from spaceport.domain.space import Desired, Space
from spaceport.errors import Conflict
from spaceport.services import Services


def rebuild(services: Services, space: Space, caller: Caller, no_cache: bool = False) -> None:
    """
    Build the head of ``main`` again, with nothing from the cache when asked.

    Raises: Conflict when nothing was pushed yet.
    """
    with services.database.begin() as tx:
        current = tx.spaces.get(space.id)
        if current is None or not current.has_app:
            raise Conflict(f"{space.full_name} has nothing to build yet: push an app to main first")
        require_right_to_start(caller, current)
        tx.spaces.update(
            space.id,
            desired=Desired.RUNNING,
            stop_reason=None,
            rebuild_requested="factory" if no_cache else "rebuild",
            rebuild_by=caller.name,
        )
    services.events.publish(Event(EventKind.COMMANDED, space.id))


def cancel(services: Services, build: Build, caller: Caller) -> None:
    """
    End a waiting or running build; a finished one raises.

    Raises: Conflict.
    """
    if not build.is_active:
        raise Conflict(f"this build is over already: {build.status}")
    who = caller.name
    with services.database.begin() as tx:
        tx.builds.update(
            build.id,
            status=BuildStatus.CANCELLED,
            finished_at=services.clock.now(),
            reason=f"cancelled by {who}",
        )
        tx.spaces.update(build.space_id, build_failure=f"the build was cancelled by {who}", suggestion=None)
    services.queue.cancel(build)
    services.events.publish(Event(EventKind.COMMANDED, build.space_id))
