"""Who may do what: one table, deny by default."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from spaceport.domain.account import Caller
from spaceport.domain.space import Desired, Space
from spaceport.errors import AccessDenied, NotAuthenticated, SpaceNotFound


class Action(StrEnum):
    """
    What somebody may do to a Space; the words fit into "has no right to ... ada/demo".

    READ sees pages, code, the app and the variables. LOGS sees build and run logs, REVEAL what else only the owner
    sees: the names of secrets, releases with their configuration. WRITE pushes, restarts, pauses, deletes. CONFIGURE
    sets variables, secrets, hardware, sleep, storage and visibility. DEPLOY rolls back and deploys anew. MOVE renames
    and transfers. DUPLICATE makes a Space of one's own of it. GOVERN is what an admin does to the Spaces of others.

    FETCH reads the contents of files: the same as READ, but of a gated repo only for those who were let in. DISCUSS
    opens discussions and pull requests, comments and likes. MODERATE hides, locks and deletes what others wrote.
    """

    READ = "read"
    LOGS = "read the logs of"
    REVEAL = "see the settings of"
    WRITE = "write"
    CONFIGURE = "configure"
    DEPLOY = "deploy"
    MOVE = "move"
    DUPLICATE = "duplicate"
    GOVERN = "govern"
    FETCH = "fetch the files of"
    DISCUSS = "discuss"
    MODERATE = "moderate the discussions of"


class Guarded(Protocol):
    """What access is asked for: a Space, or a repo of another type. ``gated`` is empty, ``auto`` or ``manual``."""

    @property
    def id(self) -> str: ...
    @property
    def owner_id(self) -> str: ...
    @property
    def creator_id(self) -> str | None: ...
    @property
    def gated(self) -> str: ...
    @property
    def private(self) -> bool: ...
    @property
    def full_name(self) -> str: ...


class Who(StrEnum):
    """Circles around a Space, each within the one before."""

    READERS = "readers"
    OWNER = "owner"
    ADMINS = "admins"


@dataclass(frozen=True)
class _Rule:
    """``changes`` something, so that a person must be signed in, or a token have the role write."""

    who: Who
    changes: bool = False


_RULES = {
    Action.READ: _Rule(Who.READERS),
    Action.LOGS: _Rule(Who.OWNER),
    Action.REVEAL: _Rule(Who.OWNER),
    Action.WRITE: _Rule(Who.OWNER, changes=True),
    Action.CONFIGURE: _Rule(Who.OWNER, changes=True),
    Action.DEPLOY: _Rule(Who.OWNER, changes=True),
    Action.MOVE: _Rule(Who.OWNER, changes=True),
    Action.DUPLICATE: _Rule(Who.READERS, changes=True),
    Action.GOVERN: _Rule(Who.ADMINS, changes=True),
    Action.FETCH: _Rule(Who.READERS),
    Action.DISCUSS: _Rule(Who.READERS, changes=True),
    Action.MODERATE: _Rule(Who.OWNER, changes=True),
}


def can(caller: Caller, action: Action, space: Guarded) -> bool:
    """Whether the caller may do this to the Space."""
    rule = _RULES[action]
    if rule.changes and not caller.may_write_anything:
        return False
    return _is_among(caller, rule.who, space)


def require(caller: Caller, action: Action, space: Guarded) -> None:
    """
    Let pass or raise.

    A Space that the caller may not see answers exactly like one that is not there.

    Raises: SpaceNotFound, NotAuthenticated, AccessDenied.
    """
    if can(caller, action, space):
        return
    if not can(caller, Action.READ, space):
        raise SpaceNotFound(f"no repo {space.full_name}")
    if caller.user is None:
        raise NotAuthenticated(f"sign in to {action} {space.full_name}")
    if _RULES[action].changes and not caller.may_write_anything:
        raise AccessDenied(f"this token may only read: make one with the role write to change {space.full_name}")
    raise AccessDenied(f"{caller.user.name} has no right to {action} {space.full_name}")


def require_right_to_start(caller: Caller, space: Space) -> None:
    """What the admin stopped, only an admin starts. Raises: AccessDenied."""
    if space.desired is Desired.STOPPED and not (caller.user and caller.user.is_admin):
        raise AccessDenied(f"{space.full_name} was {space.stop_reason}: ask the admin to start it again")


def _is_among(caller: Caller, who: Who, space: Guarded) -> bool:
    user = caller.user
    if user is not None and user.is_admin:
        return True
    if who is Who.ADMINS:
        return False
    is_owner = user is not None and user.id == space.owner_id
    return is_owner or (who is Who.READERS and not space.private)
