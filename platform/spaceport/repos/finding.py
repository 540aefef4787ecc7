"""From a name or an id to the repo, of a Space, a model or a dataset, and to where it is."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Desired, Space
from spaceport.interfaces import Transaction
from spaceport.repos.paths import repo_path
from spaceport.services import Services


def find_any(tx: Transaction, kind: RepoType, owner: str, name: str) -> Space | Repo | None:
    """Without regard to case; a Space that is being removed is not there any more."""
    if kind is not RepoType.SPACE:
        return tx.repos.by_name(kind, owner, name)
    space = tx.spaces.by_name(owner, name)
    return None if space is None or space.desired is Desired.DELETED else space


def find_by_id(tx: Transaction, kind: str, repo_id: str) -> Space | Repo | None:
    """A Space that is being removed is not there any more."""
    if kind != RepoType.SPACE:
        return tx.repos.get(repo_id)
    space = tx.spaces.get(repo_id)
    return None if space is None or space.desired is Desired.DELETED else space


def find_of_any_type(tx: Transaction, repo_id: str) -> Space | Repo | None:
    """As ``find_by_id``, for who does not know the type: no two repos share an id."""
    return tx.repos.get(repo_id) or find_by_id(tx, RepoType.SPACE, repo_id)


def find_by_ids(tx: Transaction, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Space | Repo]:
    """By type and id, as they are asked for; without what is not there any more."""
    asked = list(wanted)
    spaces = tx.spaces.by_ids([repo_id for kind, repo_id in asked if kind == RepoType.SPACE])
    repos = tx.repos.by_ids([repo_id for kind, repo_id in asked if kind != RepoType.SPACE])
    found: list[Space | Repo] = [space for space in spaces if space.desired is not Desired.DELETED]
    return {(str(kind_of(repo)), repo.id): repo for repo in [*found, *repos]}


def update_repo(tx: Transaction, repo: Space | Repo, **changes: Any) -> None:
    """Fields that repos of all types have, in the table that this one is in."""
    (tx.spaces if isinstance(repo, Space) else tx.repos).update(repo.id, **changes)


def folder_of(services: Services, repo: Space | Repo) -> Path:
    """Where its git repo is."""
    return repo_path(services.settings.data_dir, repo.id, kind_of(repo))


def kind_of(repo: Space | Repo) -> RepoType:
    return RepoType.SPACE if isinstance(repo, Space) else repo.type
