"""The picture that a card names for its Space: a file of the repo, or an address elsewhere. Pure."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

#: What browsers show as a picture.
_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg"})
_MAX_LENGTH = 1000


def picture_file(card: Mapping[str, Any]) -> str | None:
    """Its path in the repo, None where the card names no such file."""
    text = _named(card)
    if "://" in text or text.startswith("/") or "\\" in text:
        return None
    path = PurePosixPath(text)
    is_picture = path.suffix.lower() in _SUFFIXES and ".." not in path.parts
    return str(path) if is_picture else None


def picture_address(card: Mapping[str, Any]) -> str | None:
    """
    Its https address on another server, None where the card names none.

    Only ever for others to read: a page of ours that loaded it would tell that server who looks at which Space.
    """
    text = _named(card)
    try:
        parts = urlsplit(text)
        is_address = parts.scheme == "https" and bool(parts.hostname) and parts.username is None
    except ValueError:
        return None
    return text if is_address else None


def is_usable(card: Mapping[str, Any]) -> bool:
    return picture_file(card) is not None or picture_address(card) is not None


def _named(card: Mapping[str, Any]) -> str:
    """Nothing where it is no text, or text with blanks or control characters in it."""
    value = card.get("thumbnail")
    if not isinstance(value, str) or len(value) > _MAX_LENGTH:
        return ""
    text = value.strip()
    return text if text.isprintable() and not ("://" in text and " " in text) else ""
