"""What a push carries through git to the hooks: who pushes where, signed by the hub."""

import base64
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass

from spaceport.domain.repo import RepoType
from spaceport.errors import NotAuthenticated


@dataclass(frozen=True)
class Ticket:
    """
    ``issued_at`` is seconds since the epoch, UTC. ``kind`` is the type of the repo.

    ``is_guest`` may push to pull requests of their own, and to nothing else.
    """

    repo_id: str
    user_id: str
    issued_at: float
    kind: str = RepoType.SPACE
    is_guest: bool = False


def seal(ticket: Ticket, secret: str) -> str:
    """The ticket as text for an environment variable; stateless, so that any hub process can read it."""
    payload = base64.urlsafe_b64encode(json.dumps(asdict(ticket)).encode()).decode()
    return f"{payload}.{_signature(payload, secret)}"


def unseal(text: str, secret: str, now: float, lifetime_seconds: float) -> Ticket:
    """Raises: NotAuthenticated."""
    payload, _, signature = text.partition(".")
    if not hmac.compare_digest(signature.encode(), _signature(payload, secret).encode()):
        raise NotAuthenticated("this is not a ticket of a push")
    ticket = Ticket(**json.loads(base64.urlsafe_b64decode(payload)))
    if not -60 < now - ticket.issued_at < lifetime_seconds:
        raise NotAuthenticated("this push took too long: push again")
    return ticket


def _signature(payload: str, secret: str) -> str:
    return hmac.new(secret.encode(), f"push:{payload}".encode(), hashlib.sha256).hexdigest()
