"""Apps that sign people in with this hub, and what people let them do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from spaceport.domain.oauth_scopes import ALL_SCOPES, effective

#: The public client that ``hf auth login`` is. Source: hub-api.md section 3 (``DEVICE_CODE_OAUTH_CLIENT_ID``).
COMMAND_LINE_ID = "26be6b09-91c5-47da-9861-d2d2bb7a7e36"
COMMAND_LINE_NAME = "hf command line"
#: How long a token of the command line is good, and how long it can be renewed. The client renews a token that has
#: less than a day left: shorter ones would be renewed at every call.
COMMAND_LINE_TOKEN_SECONDS = 30 * 24 * 3600
REFRESH_SECONDS = 90 * 24 * 3600
#: Between the consent and the exchange; RFC 6749 section 4.1.2 allows ten minutes at most.
CODE_SECONDS = 120
#: How long somebody has to type a user code, and between two questions of the device.
DEVICE_SECONDS = 900
DEVICE_INTERVAL_SECONDS = 2
#: Of ``hf_oauth_expiration_minutes``. Source: hub-api.md section 15.
_DEFAULT_MINUTES = 480


@dataclass(frozen=True)
class OAuthApp:
    """
    ``id`` is its client id. One of a Space has a secret, ``sealed_secret``; the command line has none.
    """

    id: str
    name: str
    created_at: datetime
    space_id: str | None = None
    sealed_secret: str | None = None


@dataclass(frozen=True)
class OAuthGrant:
    """What a person has let an app do, remembered until it is revoked; ``org_ids`` are organizations it may act in."""

    id: str
    app_id: str
    user_id: str
    scopes: list[str]
    org_ids: list[str]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class OAuthSession:
    """
    One sign-in under a grant: its access tokens live and die with it.

    Hashes of secrets only: ``refresh_hash`` renews it once and then is ``spent_hash``, whose return at a later time
    means that somebody else has it. Without ``refresh_hash`` it ends with its token.
    """

    id: str
    grant_id: str
    scopes: list[str]
    org_ids: list[str]
    created_at: datetime
    expires_at: datetime
    refresh_hash: str | None = None
    spent_hash: str | None = None
    rotated_at: datetime | None = None


@dataclass(frozen=True)
class AuthorizationCode:
    """``id`` is the SHA-256 of the code. It is good once: then ``session_id`` names what was made of it."""

    id: str
    grant_id: str
    app_id: str
    redirect_uri: str
    scopes: list[str]
    org_ids: list[str]
    created_at: datetime
    expires_at: datetime
    nonce: str | None = None
    code_challenge: str | None = None
    session_id: str | None = None


class DeviceStatus(StrEnum):
    """``pending`` until somebody says yes or no; ``used`` when the device has its token."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    USED = "used"


@dataclass(frozen=True)
class DeviceCode:
    """``id`` is the SHA-256 of what the device holds, ``user_code`` what a person types. ``address`` asked for it."""

    id: str
    user_code: str
    app_id: str
    scopes: list[str]
    address: str
    created_at: datetime
    expires_at: datetime
    status: DeviceStatus = DeviceStatus.PENDING
    grant_id: str | None = None
    interval_seconds: int = DEVICE_INTERVAL_SECONDS
    last_polled_at: datetime | None = None


@dataclass(frozen=True)
class Terms:
    """
    What an app may ask for, and how.

    ``origins`` are where people may be sent back to, ``org_names`` (lower case) whose members alone may sign in; none
    of these lets everybody. A ``trusted`` app that is given every scope acts with a token of the role write.
    """

    scopes: frozenset[str]
    token_seconds: int
    origins: tuple[str, ...] = ()
    org_names: frozenset[str] = field(default_factory=frozenset)
    is_trusted: bool = False


COMMAND_LINE_TERMS = Terms(ALL_SCOPES, COMMAND_LINE_TOKEN_SECONDS, is_trusted=True)


def signs_people_in(card: Mapping[str, Any]) -> bool:
    """Whether a Space with this card gets an app of its own."""
    return card.get("hf_oauth") is True


def terms_of_card(card: Mapping[str, Any], origins: tuple[str, ...]) -> Terms:
    """Source: hub-api.md section 15, spaces-reference.md section 1.12."""
    named = card.get("hf_oauth_scopes")
    wanted = [str(each) for each in named] if isinstance(named, list) else []
    minutes = card.get("hf_oauth_expiration_minutes")
    orgs = card.get("hf_oauth_authorized_org")
    listed = [orgs] if isinstance(orgs, str) else orgs if isinstance(orgs, list) else []
    return Terms(
        scopes=effective(wanted),
        token_seconds=(minutes if isinstance(minutes, int) else _DEFAULT_MINUTES) * 60,
        origins=origins,
        org_names=frozenset(str(each).lower() for each in listed),
    )
