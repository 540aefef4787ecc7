"""What a list of repos is asked for, in our own words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from spaceport.domain.repo import RepoType
from spaceport.domain.stage import Stage

MAX_PAGE = 1000


class Sort(StrEnum):
    """What a list is sorted by; the names of the fields of a repo."""

    TRENDING = "trending"
    CREATED = "created_at"
    MODIFIED = "modified_at"
    LIKES = "likes"
    DOWNLOADS = "downloads"


class Place(StrEnum):
    """
    Where words are looked for. The head is what lists show: name, title, description, tags.

    ``card`` leaves out what has all words in its head: one list after the other has each repo once.
    """

    HEAD = "head"
    CARD = "card"
    ANYWHERE = "anywhere"


@dataclass(frozen=True)
class After:
    """The last item of the page before: its value of what the list is sorted by, and its id."""

    value: float | datetime
    repo_id: str


@dataclass(frozen=True)
class RepoQuery:
    """
    All conditions must hold. ``searches`` are parts of ``owner/name``; all ``words`` must be in ``place``; of each
    entry of ``tags`` one spelling must be there. ``is_linked`` asks for Spaces that use any model or dataset.
    ``hardware`` and ``stages`` are those of Spaces; none means any.
    """

    kind: RepoType
    searches: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    place: Place = Place.HEAD
    author: str = ""
    tags: tuple[tuple[str, ...], ...] = ()
    sdks: tuple[str, ...] = ()
    hardware: str = ""
    stages: tuple[Stage, ...] = ()
    is_linked: bool = False
    is_gated: bool | None = None
    min_parameters: int | None = None
    max_parameters: int | None = None
    sort: Sort = Sort.TRENDING
    is_ascending: bool = False
    limit: int = MAX_PAGE
    after: After | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """All that somebody else wrote."""
        tags = tuple(spelling for spellings in self.tags for spelling in spellings)
        return (*self.searches, *self.words, self.author, *tags, *self.sdks, self.hardware)


@dataclass(frozen=True)
class Sample:
    """The beginning of a list: how many repos it has, and how many of these have each tag."""

    number: int
    tags: Mapping[str, int]
