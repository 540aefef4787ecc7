"""What pages of all three types of repos have in common: finding the repo, and its head."""

from typing import Any

from spaceport.domain.access import Action, can, require
from spaceport.domain.account import Caller
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.errors import SpaceNotFound
from spaceport.live import snapshot_of
from spaceport.notify.watching import is_heard
from spaceport.renames import named_any
from spaceport.repos.likes import liked_of
from spaceport.services import Services
from spaceport.web.finding import find_space
from spaceport.web.space_view import view_context


def find_repo(
    services: Services, caller: Caller, kind: RepoType, owner: str, name: str, action: Action = Action.READ
) -> Space | Repo:
    """
    The repo of that name.

    Raises: SpaceNotFound for what is absent and what is private alike; SpaceMoved; and as ``require``.
    """
    with services.database.read() as tx:
        if kind is RepoType.SPACE:
            return find_space(tx, caller, owner, name, action)
        repo = named_any(tx, caller, kind, owner, name)
    if repo is None:
        raise SpaceNotFound(f"no {kind} of that name")
    require(caller, action, repo)
    return repo


def head_context(services: Services, caller: Caller, kind: RepoType, repo: Space | Repo) -> dict[str, Any]:
    """What ``_repo_head.html`` needs. Reads the database: call it from a thread."""
    context: dict[str, Any] = {"repo": repo, "kind": kind, "base": f"/{kind.prefix}{repo.full_name}"}
    if not isinstance(repo, Space):
        with services.database.read() as tx:
            context |= {"is_liked": bool(liked_of(tx, caller, [repo])), "is_watched": is_heard(tx, caller, repo)}
        return context | {"may_configure": can(caller, Action.CONFIGURE, repo)}
    with services.database.read() as tx:
        snapshot = snapshot_of(tx, repo)
    return context | view_context(snapshot, caller, services)
