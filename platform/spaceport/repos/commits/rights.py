"""Who may commit to which ref."""

from spaceport.domain.access import Action, can, require
from spaceport.domain.account import Caller
from spaceport.domain.discussion import pull_number
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.repos.discussions.finding import require_discussions
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


def require_upload(caller: Caller, repo: Space | Repo, is_for_pull_request: bool) -> None:
    """
    Files for a new pull request may be sent by whoever may open one, those for one that is there by its author: they
    are collected, if no commit ever names them.

    Raises: SpaceNotFound, NotAuthenticated, AccessDenied.
    """
    if is_for_pull_request and not can(caller, Action.WRITE, repo):
        require_discussions(caller, repo, Action.DISCUSS)
    else:
        require(caller, Action.WRITE, repo)
