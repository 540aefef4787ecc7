"""Who may commit to which ref."""

from spaceport.domain.access import Action, require
from spaceport.domain.account import Caller
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.services import Services


def require_commit(services: Services, repo: Space | Repo, caller: Caller, ref: str) -> None:
    """
    Branches are for those who may write; pull requests for them, too.

    Raises: SpaceNotFound, NotAuthenticated, AccessDenied.
    """
    require(caller, Action.WRITE, repo)
