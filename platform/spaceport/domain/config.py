"""What the owner of a Space configures: variables, which everybody may read, and secrets, which nobody may."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from spaceport.errors import BadRequest

KEY_RULE = "letters, digits and _, not starting with a digit, at most 100 characters"
MAX_VALUE_BYTES = 64 * 1024
MAX_KEYS = 200
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
#: Given by the platform itself, or such that a value of somebody's would break the start of every app.
_RESERVED_PREFIXES = ("SPACEPORT_",)
_RESERVED = frozenset({"SPACE_ID", "SPACE_HOST", "SPACE_AUTHOR_NAME", "SPACE_REPO_NAME", "SPACE_CREATOR_USER_ID"})


@dataclass(frozen=True)
class Variable:
    """``value`` is public."""

    id: str
    space_id: str
    key: str
    value: str
    description: str
    updated_at: datetime
    updated_by: str


@dataclass(frozen=True)
class Secret:
    """
    One version of a secret; rows are added, never changed, so that a release can be served with the version it had.

    ``sealed`` is the value as the sealer of the platform wrote it. ``removed_at`` is set on all versions when the owner
    removes the secret: only releases from before still have it.
    """

    id: str
    space_id: str
    key: str
    version: int
    sealed: str
    description: str
    updated_at: datetime
    updated_by: str
    removed_at: datetime | None = None


def check_key(key: str) -> str:
    """The name of a variable or secret. Raises: BadRequest."""
    if not _KEY.fullmatch(key):
        raise BadRequest(f"{key[:100]!r} is not a name for a variable or secret: use {KEY_RULE}")
    if key in _RESERVED or key.startswith(_RESERVED_PREFIXES):
        raise BadRequest(f"{key} is set by the platform itself: choose another name")
    return key


def check_value(key: str, value: str) -> str:
    """Raises: BadRequest."""
    if "\0" in value or len(value.encode("utf-8", "surrogatepass")) > MAX_VALUE_BYTES:
        raise BadRequest(f"the value of {key} must be text without NUL, at most {MAX_VALUE_BYTES // 1024} KiB")
    return value


def current_versions(secrets: Iterable[Secret]) -> dict[str, int]:
    """Name -> newest version, of the secrets that were not removed."""
    newest: dict[str, int] = {}
    for secret in secrets:
        if secret.removed_at is None:
            newest[secret.key] = max(secret.version, newest.get(secret.key, 0))
    return newest
