"""People like repos, and stop liking them."""

from collections.abc import Sequence

from spaceport.domain.access import Action, require
from spaceport.domain.account import Caller
from spaceport.domain.like import Like
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.errors import AlreadyExists
from spaceport.interfaces import Transaction
from spaceport.repos.finding import kind_of
from spaceport.services import Services


def like(services: Services, repo: Space | Repo, caller: Caller) -> None:
    """Doing it twice is one like. Raises: SpaceNotFound, NotAuthenticated, AccessDenied."""
    require(caller, Action.DISCUSS, repo)
    assert caller.user is not None
    new = Like(repo.id, caller.user.id, kind_of(repo), services.clock.now())
    try:
        with services.database.begin() as tx:
            if tx.likes.get(repo.id, caller.user.id) is None:
                tx.likes.add(new)
    except AlreadyExists:
        # The same person, from two places in one moment.
        return


def unlike(services: Services, repo: Space | Repo, caller: Caller) -> None:
    """One that is not there is fine. Raises: SpaceNotFound, NotAuthenticated, AccessDenied."""
    require(caller, Action.DISCUSS, repo)
    assert caller.user is not None
    with services.database.begin() as tx:
        if (old := tx.likes.get(repo.id, caller.user.id)) is not None:
            tx.likes.remove(old)


def liked_of(tx: Transaction, caller: Caller, repos: Sequence[Space | Repo]) -> frozenset[str]:
    """Ids of those of these repos that somebody likes; reads once."""
    if caller.user is None or not repos:
        return frozenset()
    return tx.likes.liked_of(caller.user.id, [repo.id for repo in repos])
