"""Who may do what: one function, deny by default."""

from enum import StrEnum

from spaceport.domain.account import Caller
from spaceport.domain.space import Desired, Space
from spaceport.errors import AccessDenied, NotAuthenticated, SpaceNotFound


class Action(StrEnum):
    """READ sees pages, code and the app; LOGS sees build and run logs; WRITE pushes, restarts, deletes."""

    READ = "read"
    LOGS = "logs"
    WRITE = "write"


def can(caller: Caller, action: Action, space: Space) -> bool:
    """Whether the caller may do this to the Space."""
    user = caller.user
    if user is None:
        return action is Action.READ and not space.private
    is_owner = user.is_admin or user.id == space.owner_id
    if action is Action.READ:
        return is_owner or not space.private
    if action is Action.LOGS:
        return is_owner
    return is_owner and caller.may_write_anything


def require(caller: Caller, action: Action, space: Space) -> None:
    """
    Let pass or raise.

    A Space that the caller may not see answers exactly like one that is not there.

    Raises: SpaceNotFound, NotAuthenticated, AccessDenied.
    """
    if can(caller, action, space):
        return
    if not can(caller, Action.READ, space):
        raise SpaceNotFound(f"no Space {space.full_name}")
    if caller.user is None:
        raise NotAuthenticated(f"sign in to {action} the Space {space.full_name}")
    if caller.token is not None and caller.token.role != "write" and action is Action.WRITE:
        raise AccessDenied(f"this token may only read: make one with the role write to change {space.full_name}")
    raise AccessDenied(f"{caller.user.name} has no right to {action} the Space {space.full_name}")


def require_right_to_start(caller: Caller, space: Space) -> None:
    """What the admin stopped, only an admin starts. Raises: AccessDenied."""
    if space.desired is Desired.STOPPED and not (caller.user and caller.user.is_admin):
        raise AccessDenied(f"{space.full_name} was {space.stop_reason}: ask the admin to start it again")
