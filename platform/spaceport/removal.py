"""The end of a repo of any type."""

from collections.abc import Iterator
from contextlib import contextmanager

from spaceport.domain.account import Caller
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.errors import SpaceportError
from spaceport.repos.repo_creation import remove_repo
from spaceport.rollout import commands
from spaceport.services import Services


def remove(services: Services, repo: Repo | Space, caller: Caller) -> None:
    """Raises: as ``commands.delete`` does for a Space."""
    if isinstance(repo, Space):
        commands.delete(services, repo, caller)
    else:
        remove_repo(services, repo, caller)


@contextmanager
def removed_if_refused(services: Services, repo: Repo | Space, caller: Caller) -> Iterator[None]:
    """Where what a new repo is to have beside its row is refused, there is no such repo. Raises: that refusal."""
    try:
        yield
    except SpaceportError:
        remove(services, repo, caller)
        raise
