"""Who may act: users, their tokens and their sessions on the web."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class User:
    """A person. ``name`` is also the namespace of their repos; unique without regard to case."""

    id: str
    name: str
    password_hash: str
    is_admin: bool
    created_at: datetime


@dataclass(frozen=True)
class AccessToken:
    """A personal token; only its SHA-256 is kept. ``role`` is ``read`` or ``write``."""

    id: str
    user_id: str
    name: str
    role: str
    token_hash: str
    created_at: datetime


@dataclass(frozen=True)
class Session:
    """A signed-in browser; ``id`` is the SHA-256 of the cookie. ``csrf_token`` must come back with every form."""

    id: str
    user_id: str
    csrf_token: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Caller:
    """Who asks: nobody (``user`` is None), a signed-in person, or a token of one with its role."""

    user: User | None = None
    token: AccessToken | None = None

    @property
    def name(self) -> str:
        return self.user.name if self.user else "the system"

    @property
    def may_write_anything(self) -> bool:
        return self.user is not None and (self.token is None or self.token.role == "write")


ANONYMOUS = Caller()
