"""The stores that lists of repos are made from; the real ones are in ``adapters``."""

from collections.abc import Iterable
from typing import Protocol

from spaceport.domain.account import Caller
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.repo_query import RepoQuery, Sample
from spaceport.domain.space import Space
from spaceport.domain.usage import RepoUsage


class Tags(Protocol):
    """What repos of all types are filtered by: tags, and of Spaces what they use, as ``models:owner/name``."""

    def replace(self, repo_id: str, kind: RepoType, tags: Iterable[str]) -> None: ...
    def of(self, repo_id: str) -> frozenset[str]: ...
    def remove(self, repo_id: str) -> None: ...


class Texts(Protocol):
    """What repos are searched by, beside the words of their rows, which are kept with these."""

    def put_card(self, repo_id: str, readme: str) -> None:
        """The words of a README without its front matter."""
        ...


class Listings(Protocol):
    """Repos that somebody may see."""

    def page(self, query: RepoQuery, caller: Caller) -> list[Space | Repo]:
        """At most ``query.limit`` of them, in the order asked for; equal ones by id."""
        ...

    def sample(self, query: RepoQuery, caller: Caller) -> Sample:
        """How many ``page`` would give, and how many of these have each tag."""
        ...

    def names_using(self, kind: RepoType, tag: str, caller: Caller, limit: int) -> list[str]:
        """``owner/name`` of those with a tag, such as ``models:ada/bert`` of Spaces."""
        ...

    def usage_of(self, owner_id: str, caller: Caller, limit: int, offset: int = 0) -> list[RepoUsage]:
        """Repos of an owner, largest first."""
        ...

    def used_bytes_of(self, owner_id: str, caller: Caller) -> int:
        """By all of these together."""
        ...

    def number_with(self, kind: RepoType, tag: str, caller: Caller) -> int: ...
    def public_tags(self, kind: RepoType, limit: int) -> list[str]:
        """Tags of public repos, those of most repos first."""
        ...
