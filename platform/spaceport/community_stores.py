"""The stores of what people say about repos: likes, discussions, collections. The real ones are in ``adapters``."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from spaceport.domain.account import Caller, User
from spaceport.domain.attachment import Attachment
from spaceport.domain.collection import Collection, CollectionFilter, CollectionItem
from spaceport.domain.discussion import Discussion, DiscussionEvent, DiscussionFilter
from spaceport.domain.like import Like


class Likes(Protocol):
    """Likes, and with each change the number of likes of the repo."""

    def add(self, like: Like, /) -> None:
        """Raises: AlreadyExists."""
        ...

    def remove(self, like: Like, /) -> None: ...
    def get(self, repo_id: str, user_id: str) -> Like | None: ...
    def liked_of(self, user_id: str, repo_ids: Sequence[str]) -> frozenset[str]:
        """Those of a page's repos that this person likes."""
        ...

    def likers(self, repo_id: str, limit: int, offset: int = 0) -> list[User]:
        """Newest like first."""
        ...

    def of_user(self, user_id: str, limit: int, offset: int = 0) -> list[Like]:
        """Newest first."""
        ...


class Discussions(Protocol):
    """Discussions and pull requests with their events."""

    def next_number(self, repo_id: str) -> int:
        """Of a new one; given once, whatever is deleted. Raises: AlreadyExists when two ask for the first."""
        ...

    def add(self, discussion: Discussion, /) -> None: ...
    def update(self, discussion_id: str, /, **changes: Any) -> None: ...
    def by_number(self, repo_id: str, number: int) -> Discussion | None: ...
    def by_ids(self, discussion_ids: Sequence[str]) -> list[Discussion]:
        """Those that are there, in any order."""
        ...

    def of_repo(self, repo_id: str, wanted: DiscussionFilter, limit: int, offset: int = 0) -> list[Discussion]:
        """Newest first."""
        ...

    def count(self, repo_id: str, wanted: DiscussionFilter) -> int: ...
    def number_of(self, author_id: str, caller: Caller) -> int:
        """How many somebody opened where the caller may see them."""
        ...

    def has_pull_request_of(self, repo_id: str, author_id: str) -> bool:
        """One that is not merged."""
        ...

    def remove(self, discussion_id: str) -> None:
        """With its events."""
        ...

    def add_event(self, event: DiscussionEvent, /) -> None: ...
    def update_event(self, event_id: str, /, **changes: Any) -> None: ...
    def event(self, discussion_id: str, event_id: str) -> DiscussionEvent | None: ...
    def events(self, discussion_id: str) -> list[DiscussionEvent]:
        """In order."""
        ...

    def author_ids(self, discussion_id: str) -> frozenset[str]:
        """Of those who opened, said or did something there."""
        ...

    def next_position(self, discussion_id: str) -> int: ...


class Collections(Protocol):
    """Collections of repos, each with an order of its own."""

    def add(self, collection: Collection, /) -> None: ...
    def update(self, collection_id: str, /, **changes: Any) -> None: ...
    def get(self, collection_id: str) -> Collection | None: ...
    def by_ids(self, collection_ids: Sequence[str]) -> list[Collection]:
        """Those that are there, in any order."""
        ...

    def of_owner(self, owner_id: str) -> list[Collection]:
        """By position."""
        ...

    def visible_to(
        self, owner_ids: Sequence[str] | None, wanted: CollectionFilter, limit: int, offset: int = 0
    ) -> list[Collection]:
        """Public ones, and private ones of these owners; None for all."""
        ...

    def remove(self, collection_id: str) -> None:
        """With its items."""
        ...

    def add_item(self, item: CollectionItem, /) -> None:
        """Raises: AlreadyExists when it is in this collection."""
        ...

    def update_item(self, item_id: str, /, **changes: Any) -> None: ...
    def items(self, collection_id: str) -> list[CollectionItem]:
        """By position."""
        ...

    def items_of(self, collection_ids: Sequence[str]) -> Mapping[str, list[CollectionItem]]:
        """The items of several, by the collection's id."""
        ...

    def remove_item(self, item_id: str) -> None: ...
    def touch(self, collection_id: str, at: datetime) -> None:
        """Its items changed."""
        ...


class Attachments(Protocol):
    """Files attached to discussions; their bytes are blobs, which stay as long as the row does."""

    def add(self, attachment: Attachment, /) -> None: ...
    def get(self, attachment_id: str) -> Attachment | None: ...
    def remove(self, attachment_id: str) -> None: ...
    def bytes_of(self, author_id: str) -> int:
        """Of all attachments of a person."""
        ...
