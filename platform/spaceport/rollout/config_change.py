"""One change of what an owner configures: rows and history now, a release right after, never a build."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from spaceport.deployments import reconfigure, still_there
from spaceport.domain.access import Action, require
from spaceport.domain.account import Caller
from spaceport.domain.events import Event, EventKind
from spaceport.domain.history import HappeningKind
from spaceport.domain.space import Space
from spaceport.errors import BadRequest
from spaceport.interfaces import Transaction
from spaceport.services import Services


@dataclass
class ConfigChange:
    """
    One change under way and what is told of it.

    What ``reaches_app`` deploys the configuration of now: after a rollback, which brought back an earlier one, nothing
    else may do that. With ``starts_anew`` it does so even where no release would show the difference.
    """

    tx: Transaction
    space: Space
    summaries: list[str] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    reaches_app: bool = False
    starts_anew: bool = False

    def tell(self, summary: str, reaches_app: bool = False, starts_anew: bool = False, **details: Any) -> None:
        self.summaries.append(summary)
        self.details |= details
        self.reaches_app |= reaches_app
        self.starts_anew |= starts_anew


@contextmanager
def change_config(services: Services, space: Space, caller: Caller) -> Iterator[ConfigChange]:
    """
    Rows, history and the new release in one transaction; nothing was told, nothing happened.

    Raises: SpaceNotFound, and as ``require``.
    """
    require(caller, Action.CONFIGURE, space)
    now = services.clock.now()
    with services.database.begin() as tx:
        current = still_there(tx, space)
        change = ConfigChange(tx, current)
        yield change
        if not change.summaries:
            return
        message = ", ".join(change.summaries)
        tx.history.add(current.id, now, HappeningKind.CONFIG, caller.name, message, change.details)
        if change.reaches_app:
            changed = tx.spaces.get(current.id)
            assert changed is not None
            reconfigure(tx, changed, caller.name, now, message, change.starts_anew)
    services.events.publish(Event(EventKind.COMMANDED, space.id))


def check_runs(space: Space, what: str) -> None:
    """Raises: BadRequest for a static Space: ``what`` is of those that run."""
    if space.sdk == "static":
        raise BadRequest(f"{space.full_name} is static: nothing runs there, so it has no {what}")
