"""Visibility, gate, description and discussions of a model or dataset."""

from spaceport.domain.access import Action, require
from spaceport.domain.account import Caller
from spaceport.domain.history import HappeningKind
from spaceport.domain.repo import Repo
from spaceport.errors import SpaceNotFound
from spaceport.services import Services


def change_settings(services: Services, repo: Repo, caller: Caller, **wanted: object) -> Repo:
    """
    Set ``private``, ``gated`` (empty, ``auto`` or ``manual``), ``description`` or ``has_discussions``.

    An opened gate keeps the list of who was let in. A later push writes a dataset's description anew from its card.
    What is as it was wanted is no news to webhooks.

    Raises: as ``require``.
    """
    with services.database.begin() as tx:
        current = tx.repos.get(repo.id)
        if current is None:
            raise SpaceNotFound(f"no {repo.type} {repo.full_name}")
        require(caller, Action.CONFIGURE, current)
        changes = {key: value for key, value in wanted.items() if getattr(current, key) != value}
        if not changes:
            return current
        now = services.clock.now()
        tx.repos.update(current.id, **changes)
        summary = f"settings changed: {', '.join(sorted(changes))}"
        tx.history.add(current.id, now, HappeningKind.CONFIG, caller.name, summary, changes)
        return tx.repos.get(current.id) or current
