"""Who may act: users, their tokens and their sessions on the web."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class AccountKind(StrEnum):
    """Both own repos; only a person signs in."""

    PERSON = "user"
    ORGANIZATION = "org"


@dataclass(frozen=True)
class User:
    """
    A person, or an organization of several. ``name`` is also the namespace of their repos; unique without regard to
    case. An organization has no password: its ``password_hash`` is empty, and nothing matches it.
    """

    id: str
    name: str
    password_hash: str
    is_admin: bool
    created_at: datetime
    kind: AccountKind = AccountKind.PERSON
    fullname: str = ""
    email: str | None = None
    bio: str = ""
    website: str = ""


class OrgRole(StrEnum):
    """
    What a member may do to the repos of an organization, each more than the one before.

    A contributor creates repos and writes to those. Source: hub-api.md section 2.7.
    """

    READ = "read"
    CONTRIBUTOR = "contributor"
    WRITE = "write"
    ADMIN = "admin"


@dataclass(frozen=True)
class Membership:
    """Of a person in an organization."""

    id: str
    org_id: str
    user_id: str
    role: OrgRole
    created_at: datetime


@dataclass(frozen=True)
class AccessToken:
    """
    A personal token; only its SHA-256 is kept. ``role`` is ``read``, ``write`` or ``fineGrained``; only the last has
    ``scopes``: what it may do to which repos and namespaces. ``last_used_at`` is up to an hour behind. One that an app
    got by OAuth belongs to a session, and ends with it.
    """

    id: str
    user_id: str
    name: str
    role: str
    token_hash: str
    created_at: datetime
    scopes: dict[str, Any] | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    oauth_session_id: str | None = None


@dataclass(frozen=True)
class Session:
    """
    A signed-in browser; ``id`` is the SHA-256 of the cookie. ``csrf_token`` must come back with every form. ``browser``
    is what it says of itself (User-Agent).
    """

    id: str
    user_id: str
    csrf_token: str
    created_at: datetime
    expires_at: datetime
    browser: str = ""


@dataclass(frozen=True)
class Caller:
    """
    Who asks: nobody (``user`` is None), a signed-in person, or a token of one with its role.

    ``roles`` are the person's roles in organizations, by the id of the organization. ``admitted`` are the ids of gated
    repos that let this person in.
    """

    user: User | None = None
    token: AccessToken | None = None
    roles: Mapping[str, OrgRole] = field(default_factory=dict)
    admitted: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return self.user.name if self.user else "the system"

    @property
    def may_write_anything(self) -> bool:
        """Whatever the person may: a browser, or a token with the role write."""
        return self.user is not None and (self.token is None or self.token.role == "write")

    @property
    def may_read_anything(self) -> bool:
        """Whatever the person may: not with a token for some repos only, such as an app has that signed them in."""
        return self.user is not None and (self.token is None or self.token.role != "fineGrained")


ANONYMOUS = Caller()
