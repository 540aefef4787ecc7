"""An admin closes a repo to everybody but admins, and opens it again."""

from spaceport.domain.access import Action, require
from spaceport.domain.account import Caller
from spaceport.domain.history import HappeningKind
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.repos.finding import update_repo
from spaceport.services import Services


def set_disabled(services: Services, repo: Space | Repo, caller: Caller, is_disabled: bool, reason: str = "") -> None:
    """Nothing of the repo is changed or lost. Doing it twice is fine. Raises: as ``require`` for GOVERN."""
    require(caller, Action.GOVERN, repo)
    verb = "closed" if is_disabled else "opened again"
    summary = f"{verb} by {caller.name}" + (f": {reason}" if reason else "")
    with services.database.begin() as tx:
        update_repo(tx, repo, is_disabled=is_disabled)
        now, details = services.clock.now(), {"disabled": is_disabled, "reason": reason}
        tx.history.add(repo.id, now, HappeningKind.CONFIG, caller.name, summary, details)
