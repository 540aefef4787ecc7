"""Who may do what: one table, deny by default."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from spaceport.domain.account import ANONYMOUS, AccessToken, Caller, OrgRole
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.scopes import Right, rights_at
from spaceport.domain.space import Desired, Space
from spaceport.errors import AccessDenied, GatedRepo, NotAuthenticated, RepoDisabled, SpaceNotFound


class Action(StrEnum):
    """
    What somebody may do to a Space; the words fit into "has no right to ... ada/demo".

    READ sees pages and code. LOGS sees build and run logs, REVEAL what else only the owner sees: the names of secrets,
    releases with their configuration. WRITE pushes, restarts, pauses, deletes. CONFIGURE sets variables, secrets,
    hardware, sleep, storage, visibility and gate. DEPLOY rolls back and deploys anew. MOVE renames and transfers.
    DUPLICATE makes a Space of one's own of it. GOVERN is what an admin does to the Spaces of others.

    FETCH reads the contents of files, by git too: the same as READ, but of a gated repo only for those who were let
    in. So does ENTER: it gets into the app of a Space and sees its releases and variables. DISCUSS opens discussions
    and pull requests, comments and likes. MODERATE hides and deletes what others wrote.
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
    ENTER = "use the app of"
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
    def is_disabled(self) -> bool: ...
    @property
    def full_name(self) -> str: ...


class Who(StrEnum):
    """Circles around a repo, each within the one before; see ``_is_among``."""

    READERS = "readers"
    ADMITTED = "admitted"
    WRITERS = "writers"
    ADMINS = "admins"


@dataclass(frozen=True)
class _Rule:
    """``right`` is what a fine-grained token needs. What ``changes`` something is closed to tokens of the role read."""

    who: Who
    right: Right = Right.READ
    changes: bool = False


_WRITING = _Rule(Who.WRITERS, Right.WRITE, changes=True)
_RULES = {
    Action.READ: _Rule(Who.READERS),
    Action.FETCH: _Rule(Who.ADMITTED),
    Action.ENTER: _Rule(Who.ADMITTED),
    Action.LOGS: _Rule(Who.WRITERS),
    Action.REVEAL: _Rule(Who.WRITERS),
    Action.WRITE: _WRITING,
    Action.CONFIGURE: _WRITING,
    Action.DEPLOY: _WRITING,
    Action.MOVE: _WRITING,
    Action.DUPLICATE: _Rule(Who.ADMITTED, changes=True),
    Action.GOVERN: _Rule(Who.ADMINS, Right.WRITE, changes=True),
    Action.DISCUSS: _Rule(Who.READERS, Right.DISCUSSION, changes=True),
    Action.MODERATE: _WRITING,
}
#: Roles whose members do to all repos of an organization what an owner does to the own ones.
_WRITING_ROLES = (OrgRole.WRITE, OrgRole.ADMIN)


def can(caller: Caller, action: Action, repo: Guarded) -> bool:
    """Whether the caller may do this to the repo. What is disabled is for admins alone."""
    return _may(caller, action, repo) and (_is_admin(caller) or not repo.is_disabled)


def require(caller: Caller, action: Action, repo: Guarded) -> None:
    """
    Let pass or raise.

    A repo that the caller may not see answers exactly like one that is not there.

    Raises: SpaceNotFound, RepoDisabled, NotAuthenticated, GatedRepo, AccessDenied.
    """
    if can(caller, action, repo):
        return
    if is_shut(caller, repo):
        raise RepoDisabled
    if not can(caller, Action.READ, repo):
        raise SpaceNotFound(f"no repo {repo.full_name}")
    if action in (Action.FETCH, Action.ENTER) and is_kept_out(caller, repo):
        raise GatedRepo(gated_words(caller, repo))
    if caller.user is None:
        raise NotAuthenticated(f"sign in to {action} {repo.full_name}")
    if _is_among(caller, _RULES[action].who, repo) and caller.token is not None:
        raise AccessDenied(_token_words(caller.token, f"{action} {repo.full_name}"))
    raise AccessDenied(f"{caller.user.name} has no right to {action} {repo.full_name}")


def is_shut(caller: Caller, repo: Guarded) -> bool:
    """Whether nothing but an admin's having disabled it hides the repo from the caller."""
    return _may(caller, Action.READ, repo) and not can(caller, Action.READ, repo)


def is_own(caller: Caller, repo: Guarded) -> bool:
    """
    Whether the repo is the caller's to change as its owner: not for being an admin of this Spaceport.

    Source: hub-api.md section 2.7, the roles of organizations.
    """
    if caller.user is None:
        return False
    role = caller.roles.get(repo.owner_id)
    is_creator = repo.creator_id is not None and repo.creator_id == caller.user.id
    return caller.user.id == repo.owner_id or role in _WRITING_ROLES or (role is OrgRole.CONTRIBUTOR and is_creator)


def can_create_in(caller: Caller, namespace_id: str) -> bool:
    """Whether the caller may make repos, and move some, into the namespace of a person or an organization."""
    user, token = caller.user, caller.token
    if user is None:
        return False
    is_theirs = user.is_admin or user.id == namespace_id
    if not is_theirs and caller.roles.get(namespace_id, OrgRole.READ) is OrgRole.READ:
        return False
    return caller.may_write_anything or (
        token is not None and token.role == "fineGrained" and Right.WRITE in rights_at(token.scopes, "", namespace_id)
    )


def no_right_to_create(caller: Caller, namespace: str) -> str:
    """The same words for a namespace that is not there and one that is not the caller's."""
    wish = f"create a repo in the namespace {namespace[:96]!r}"
    if caller.token is not None and not caller.may_write_anything:
        return _token_words(caller.token, wish)
    return f"you have no right to {wish}: use your own, or that of an organization where you may"


def can_govern(caller: Caller, org_id: str) -> bool:
    """Whether the caller decides who is a member of an organization: its admins, and those of this Spaceport."""
    if caller.user is None or not caller.may_write_anything:
        return False
    return caller.user.is_admin or caller.roles.get(org_id) is OrgRole.ADMIN


def require_admin(caller: Caller, changes: bool = True) -> None:
    """For what belongs to no repo: machines, quotas. Raises: AccessDenied, for a token that may only read, too."""
    if not _is_admin(caller):
        raise AccessDenied("this is for admins")
    if not (caller.may_write_anything if changes else caller.may_read_anything):
        raise AccessDenied(f"this token may not: use one with the role {'write' if changes else 'read or write'}")


def is_kept_out(caller: Caller, repo: Guarded) -> bool:
    """Whether a gate, and nothing else, stands between the caller and the files, and the app of a Space."""
    return bool(repo.gated) and can(caller, Action.READ, repo) and not _is_among(caller, Who.ADMITTED, repo)


def gated_words(caller: Caller, repo: Guarded) -> str:
    """Source: hub-api.md section 2.5."""
    kind = repo.type if isinstance(repo, Repo) else RepoType.SPACE
    if caller.user is None:
        return (
            f"Access to {kind} {repo.full_name} is restricted. "
            "You must have access to it and be authenticated to access it. Please log in."
        )
    return (
        f"Access to {kind} {repo.full_name} is restricted and you are not in the authorized list. "
        "Visit its page to ask for access."
    )


def is_over(token: AccessToken, now: datetime) -> bool:
    """Whether a token has expired."""
    return token.expires_at is not None and token.expires_at <= now


def opens(token: AccessToken, repo: Guarded, now: datetime) -> bool:
    """Whether a token of somebody who may enter a private or gated Space's app may be used to do so."""
    rights = (Right.READ,) if repo.private else (Right.READ, Right.GATED)
    is_enough = token.role != "fineGrained" or any(_has_right(token, right, repo) for right in rights)
    return is_enough and not is_over(token, now)


def require_right_to_start(caller: Caller, space: Space) -> None:
    """What the admin stopped, only an admin starts. Raises: AccessDenied."""
    if space.desired is Desired.STOPPED and not _is_admin(caller):
        raise AccessDenied(f"{space.full_name} was {space.stop_reason}: ask the admin to start it again")


def _may(caller: Caller, action: Action, repo: Guarded) -> bool:
    rule = _RULES[action]
    return _is_among(caller, rule.who, repo) and _token_allows(caller, rule, repo)


def _is_admin(caller: Caller) -> bool:
    return caller.user is not None and caller.user.is_admin


def _is_among(caller: Caller, who: Who, repo: Guarded) -> bool:
    """READERS see the repo, ADMITTED read its files, WRITERS change it, ADMINS are those of this Spaceport."""
    user = caller.user
    if _is_admin(caller):
        return True
    if who is Who.ADMINS:
        return False
    if who is Who.WRITERS or is_own(caller, repo):
        return is_own(caller, repo)
    is_member = user is not None and repo.owner_id in caller.roles
    if who is Who.ADMITTED and repo.gated and not is_member:
        return user is not None and repo.id in caller.admitted and not repo.private
    return is_member or not repo.private


def _token_allows(caller: Caller, rule: _Rule, repo: Guarded) -> bool:
    """Whether the token, or the lack of one, stands in the way of what the person may do."""
    token = caller.token
    if caller.user is None or (token is not None and token.role == "read"):
        return not rule.changes
    if token is None or token.role == "write":
        return True
    # What nobody has to sign in for needs no right either; a copy of it is a matter of the namespace it goes to.
    is_for_all = rule.right is Right.READ and _is_among(ANONYMOUS, rule.who, repo)
    is_let_in = rule.who is Who.ADMITTED and not repo.private and _has_right(token, Right.GATED, repo)
    is_visible = not repo.private or _has_right(token, Right.READ, repo)
    return is_visible and (is_for_all or is_let_in or _has_right(token, rule.right, repo))


def _has_right(token: AccessToken, right: Right, repo: Guarded) -> bool:
    return token.role == "fineGrained" and right in rights_at(token.scopes, repo.id, repo.owner_id)


def _token_words(token: AccessToken, wish: str) -> str:
    if token.role == "fineGrained":
        return f"this token has no right to {wish}: give it that right, or use another token"
    return f"this token may only read: make one with the role write to {wish}"
