"""Settings of a model or dataset: who sees it, who gets its files, whether it has discussions."""

from typing import Any

from spaceport.domain.access import Action, require
from spaceport.domain.account import Caller
from spaceport.domain.repo import Repo
from spaceport.errors import SpaceNotFound
from spaceport.services import Services


def change_settings(
    services: Services,
    repo: Repo,
    caller: Caller,
    private: bool | None = None,
    gated: str | None = None,
    has_discussions: bool | None = None,
) -> Repo:
    """
    Set what is not None. ``gated`` is empty, ``auto`` or ``manual``; an opened gate keeps the list of who was let in.

    Raises: as ``require`` for CONFIGURE.
    """
    require(caller, Action.CONFIGURE, repo)
    wanted = {"private": private, "gated": gated, "has_discussions": has_discussions}
    changes: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
    with services.database.begin() as tx:
        tx.repos.update(repo.id, **changes)
        changed = tx.repos.get(repo.id)
    if changed is None:
        raise SpaceNotFound(f"no repo {repo.full_name}")
    return changed
