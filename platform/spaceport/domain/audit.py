"""Who did what to what, when and from where: one record per request that changed something, or was refused to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """Whether it was done, or whoever asked had no right to it."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True)
class AuditRecord:
    """
    ``action`` is one of ``audit_actions``, ``target`` the path of the page of what it was done to, without the slash in
    front (``spaces/ada/demo``); empty where the action says all. ``summary`` is one line for people, never a secret.

    ``actor`` is a name as it was then, and for a sign-in that failed the name that was tried. ``via`` says how they
    came: ``browser``, ``password``, or the name of a token. ``address`` is that of the client as far as the proxies
    that we trust tell it.
    """

    id: str
    at: datetime
    actor: str
    action: str
    target: str
    summary: str
    outcome: Outcome
    status: int
    address: str
    via: str


@dataclass(frozen=True)
class AuditQuery:
    """
    Which records: all ``words`` somewhere in them, an ``action`` or all that begin with it and a dot, exactly this
    ``actor`` (without regard to case), from ``since`` up to ``until`` (not included).
    """

    words: tuple[str, ...] = ()
    action: str = ""
    actor: str = ""
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None


#: The moment and the id of the last record of a page: the next page begins behind it.
AuditPlace = tuple[datetime, str]
