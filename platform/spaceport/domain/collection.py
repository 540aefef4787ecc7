"""Collections: repos that somebody put together, in an order, with notes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from spaceport.errors import BadRequest

MAX_TITLE_CHARACTERS = 59
MAX_DESCRIPTION_CHARACTERS = 150
MAX_NOTE_CHARACTERS = 500
MAX_ITEMS = 1_000
#: Of one owner.
MAX_COLLECTIONS = 500
#: Source: the colors that huggingface_hub's documentation of collections names, and the Hub's own web pages offer.
THEMES = ("orange", "blue", "green", "purple", "pink", "indigo")
ITEM_TYPES = ("model", "dataset", "space", "paper", "collection", "bucket", "kernel")
REPO_TYPES = ("model", "dataset", "space")
SORTS = ("lastModified", "trending", "upvotes")
_ID_LENGTH = 24
_ID = re.compile(r"[0-9a-f]{24}")
_PAPER = re.compile(r"\d{4}\.\d{4,5}")


@dataclass(frozen=True)
class Collection:
    """
    One row per collection; ``position`` orders those of an owner. ``slug_title`` is its title in addresses.

    It can be asked for rights like a repo: see ``domain.access.Guarded``.
    """

    id: str
    owner_id: str
    owner: str
    creator_id: str | None
    title: str
    slug_title: str
    description: str
    private: bool
    theme: str
    position: int
    upvotes: int
    created_at: datetime
    updated_at: datetime

    @property
    def slug(self) -> str:
        return f"{self.full_name}-{self.id}"

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.slug_title}"

    @property
    def gated(self) -> str:
        return ""

    @property
    def is_disabled(self) -> bool:
        return False


@dataclass(frozen=True)
class CollectionItem:
    """``target`` is the id of a repo or a collection, or the number of a paper."""

    id: str
    collection_id: str
    type: str
    target: str
    position: int
    note: str
    created_at: datetime


@dataclass(frozen=True)
class CollectionFilter:
    """``owners`` are names, ``targets`` what must be among the items: type and id. Both in any case, any of several."""

    owners: tuple[str, ...] = ()
    targets: tuple[tuple[str, str], ...] | None = None
    search: str = ""
    sort: str = "lastModified"


def slug_title(title: str) -> str:
    """A title as part of an address."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:80] or "collection"


def collection_id(slug: str) -> str | None:
    """The id at the end of a slug, which is all that counts: titles change, old addresses stay."""
    found = slug[-_ID_LENGTH:]
    return found if _ID.fullmatch(found) else None


def check_title(title: str) -> str:
    """Raises: BadRequest."""
    line = " ".join(title.split())
    if not 0 < len(line) <= MAX_TITLE_CHARACTERS:
        raise BadRequest(f'"title" must have 1 to {MAX_TITLE_CHARACTERS} characters; given: {len(line):,}')
    return line


def check_description(text: str) -> str:
    """Raises: BadRequest."""
    return _check_length(text, "description", MAX_DESCRIPTION_CHARACTERS)


def check_note(text: str) -> str:
    """Raises: BadRequest."""
    return _check_length(text, "note", MAX_NOTE_CHARACTERS)


def check_theme(theme: str) -> str:
    """Raises: BadRequest."""
    return _check_choice(theme, "theme", THEMES)


def check_item_type(item_type: str) -> str:
    """Raises: BadRequest."""
    return _check_choice(item_type, "item.type", ITEM_TYPES)


def check_sort(sort: str) -> str:
    """Raises: BadRequest."""
    return _check_choice(sort, "sort", SORTS)


def is_paper(text: str) -> bool:
    """Whether it looks like a number of arXiv. Source: arXiv's identifier scheme since 2007."""
    return _PAPER.fullmatch(text) is not None


def moved(ids: Sequence[str], which: str, position: int) -> list[str]:
    """The order with one of them at another place, which counts from 0; past the end means last."""
    rest = [each for each in ids if each != which]
    place = min(max(position, 0), len(rest))
    return [*rest[:place], which, *rest[place:]]


def _check_length(text: str, what: str, limit: int) -> str:
    kept = text.strip()
    if len(kept) > limit:
        raise BadRequest(f'"{what}" may have {limit} characters; given: {len(kept):,}')
    return kept


def _check_choice(given: str, what: str, allowed: Sequence[str]) -> str:
    if given not in allowed:
        raise BadRequest(f'"{what}" must be one of [{", ".join(allowed)}]; given: {given[:50]}')
    return given
