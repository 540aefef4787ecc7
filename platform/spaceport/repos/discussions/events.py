"""Writing down what happened in a discussion."""

from dataclasses import replace
from typing import Any

from spaceport.domain.account import Caller
from spaceport.domain.code_line import CodeLine
from spaceport.domain.discussion import (
    MAX_EVENTS,
    Discussion,
    DiscussionEvent,
    DiscussionStatus,
    EventType,
    comment_data,
)
from spaceport.domain.names import new_id
from spaceport.errors import Conflict
from spaceport.interfaces import Transaction
from spaceport.repos.discussions.news import COMMENT, tell
from spaceport.services import Services

_VERBS = {
    DiscussionStatus.OPEN: "opened",
    DiscussionStatus.CLOSED: "closed",
    DiscussionStatus.MERGED: "merged",
    DiscussionStatus.DRAFT: "made a draft of",
}


def require_room(tx: Transaction, discussion: Discussion) -> None:
    """Raises: Conflict when the discussion is full. Merging and closing are possible all the same."""
    if tx.discussions.next_position(discussion.id) >= MAX_EVENTS:
        raise Conflict(f"this discussion is full ({MAX_EVENTS:,} comments and changes): open another one")


def add_comment(
    tx: Transaction,
    services: Services,
    discussion: Discussion,
    caller: Caller,
    text: str,
    place: CodeLine | None = None,
    reply_to: str | None = None,
) -> DiscussionEvent:
    added = _add(tx, services, discussion, caller, EventType.COMMENT, comment_data(text, place, reply_to))
    tell(tx, services, discussion, caller, "commented on", "create", added, COMMENT)
    return added


def add_description(tx: Transaction, services: Services, discussion: Discussion, caller: Caller, text: str) -> None:
    """The first comment, which comes with the discussion itself."""
    added = _add(tx, services, discussion, caller, EventType.COMMENT, comment_data(text))
    tell(tx, services, discussion, caller, "started", "create", added)


def set_title(
    tx: Transaction, services: Services, discussion: Discussion, caller: Caller, title: str
) -> DiscussionEvent:
    tx.discussions.update(discussion.id, title=title)
    tell(tx, services, discussion, caller, "renamed")
    return _add(tx, services, discussion, caller, EventType.TITLE, {"from": discussion.title, "to": title})


def set_status(
    tx: Transaction,
    services: Services,
    discussion: Discussion,
    caller: Caller,
    status: DiscussionStatus,
    **changes: Any,
) -> DiscussionEvent:
    tx.discussions.update(discussion.id, status=status, **changes)
    tell(tx, services, replace(discussion, status=status), caller, _VERBS[status], change="status")
    return _add(tx, services, discussion, caller, EventType.STATUS, {"status": str(status)})


def _add(
    tx: Transaction,
    services: Services,
    discussion: Discussion,
    caller: Caller,
    event_type: EventType,
    data: dict[str, Any],
) -> DiscussionEvent:
    assert caller.user is not None
    now = services.clock.now()
    # Writing first takes the row's lock on PostgreSQL, so that no two events get one position.
    tx.discussions.update(discussion.id, updated_at=now)
    position = tx.discussions.next_position(discussion.id)
    event = DiscussionEvent(new_id(), discussion.id, position, event_type, caller.user.id, caller.user.name, now, data)
    tx.discussions.add_event(event)
    return event
