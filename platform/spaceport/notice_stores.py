"""The stores of what people hear of, and of what they want to hear of; the real ones are in ``adapters``."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from spaceport.domain.account import Caller
from spaceport.domain.notice import Notice, NoticeKind
from spaceport.domain.watch import Watch


class Notices(Protocol):
    """Notices; what somebody may not read any more is not among those that are listed or counted for them."""

    def put_all(self, put: Sequence[Notice], /) -> None:
        """
        Each in the place of an unread one of its person with the same subject; many calls by one person become one.

        The oldest of these people go, of each kind by itself.
        """
        ...

    def get(self, user_id: str, notice_id: str) -> Notice | None: ...
    def of_user(self, caller: Caller, is_unread: bool, limit: int, offset: int = 0) -> list[Notice]:
        """Newest first; ``is_unread`` for those alone."""
        ...

    def unread_of(self, caller: Caller) -> int: ...
    def mark_read(self, user_id: str, at: datetime, notice_id: str | None = None) -> None:
        """All of a person's, or one."""
        ...

    def forget(self, subject: str) -> None:
        """What they are about is gone."""
        ...

    def quiet_of(self, user_ids: Collection[str]) -> dict[str, frozenset[NoticeKind]]:
        """What these people do not want to hear of, by the person's id."""
        ...

    def set_quiet(self, user_id: str, kinds: Sequence[NoticeKind]) -> None: ...


class Watches(Protocol):
    """Which repos people watch, or do not want to hear of."""

    def get(self, repo_id: str, user_id: str) -> Watch | None: ...
    def put(self, watch: Watch, /) -> None: ...
    def remove(self, repo_id: str, user_id: str) -> None: ...
    def of_repo(self, repo_id: str) -> list[Watch]: ...
    def of_user(self, user_id: str) -> list[Watch]:
        """Newest first."""
        ...
