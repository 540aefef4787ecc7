"""What a push carries through git to the hooks: who pushes where, signed by the hub."""

from dataclasses import asdict, dataclass

from spaceport.domain.repo import RepoType
from spaceport.errors import NotAuthenticated
from spaceport.repos.signed_text import NotSigned, read_signed, sign

_PURPOSE = "push"


@dataclass(frozen=True)
class Ticket:
    """
    ``issued_at`` is seconds since the epoch, UTC. ``kind`` is the type of the repo.

    ``is_guest`` may push to pull requests of their own, and to nothing else. ``address`` and ``via`` are the pusher's,
    for the audit log.
    """

    repo_id: str
    user_id: str
    issued_at: float
    kind: str = RepoType.SPACE
    is_guest: bool = False
    address: str = ""
    via: str = ""


def seal(ticket: Ticket, secret: str) -> str:
    """The ticket as text for an environment variable; stateless, so that any hub process can read it."""
    return sign(_PURPOSE, asdict(ticket), secret)


def unseal(text: str, secret: str, now: float, lifetime_seconds: float) -> Ticket:
    """Raises: NotAuthenticated."""
    try:
        ticket = Ticket(**read_signed(_PURPOSE, text, secret))
    except NotSigned as error:
        raise NotAuthenticated("this is not a ticket of a push") from error
    if not -60 < now - ticket.issued_at < lifetime_seconds:
        raise NotAuthenticated("this push took too long: push again")
    return ticket
