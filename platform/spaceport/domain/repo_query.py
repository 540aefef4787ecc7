"""What a list of repos is asked for, in our own words."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from spaceport.domain.repo import RepoType

MAX_PAGE = 1000


class Sort(StrEnum):
    """What a list is sorted by; the names of the fields of a repo."""

    TRENDING = "trending"
    CREATED = "created_at"
    MODIFIED = "modified_at"
    LIKES = "likes"
    DOWNLOADS = "downloads"


@dataclass(frozen=True)
class After:
    """The last item of the page before: its value of what the list is sorted by, and its id."""

    value: float | datetime
    repo_id: str


@dataclass(frozen=True)
class RepoQuery:
    """
    All conditions must hold. ``searches`` are parts of ``owner/name``; of each entry of ``tags`` one spelling must be
    there. ``is_linked`` asks for Spaces that use any model or dataset.
    """

    kind: RepoType
    searches: tuple[str, ...] = ()
    author: str = ""
    tags: tuple[tuple[str, ...], ...] = ()
    sdks: tuple[str, ...] = ()
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
        return (*self.searches, self.author, *tags, *self.sdks)
