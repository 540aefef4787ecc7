"""From a name to the repo: of a Space, a model or a dataset."""

from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Desired, Space
from spaceport.interfaces import Transaction


def find_any(tx: Transaction, kind: RepoType, owner: str, name: str) -> Space | Repo | None:
    """Without regard to case; a Space that is being removed is not there any more."""
    if kind is not RepoType.SPACE:
        return tx.repos.by_name(kind, owner, name)
    space = tx.spaces.by_name(owner, name)
    return None if space is None or space.desired is Desired.DELETED else space


def kind_of(repo: Space | Repo) -> RepoType:
    return RepoType.SPACE if isinstance(repo, Space) else repo.type
