"""Who may commit to which ref."""

from spaceport.domain.access import Action, require
from spaceport.domain.account import Caller
from spaceport.domain.discussion import pull_number
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.repos.discussions.rights import require_pull_commit
from spaceport.services import Services


def require_commit(services: Services, repo: Space | Repo, caller: Caller, ref: str) -> None:
    """
    Branches are for those who may write; a pull request also for who opened it.

    Raises: SpaceNotFound, NotAuthenticated, AccessDenied, RevisionNotFound, Conflict for a merged pull request.
    """
    if pull_number(ref) is None:
        require(caller, Action.WRITE, repo)
        return
    with services.database.read() as tx:
        require_pull_commit(tx, repo, caller, ref)
