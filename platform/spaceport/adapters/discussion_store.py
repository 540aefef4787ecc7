"""Discussions, pull requests and their events in the database."""

from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from spaceport.adapters import tables
from spaceport.adapters.community_tables import discussion_numbers
from spaceport.adapters.hub_tables import discussion_events, discussions
from spaceport.adapters.rows import Rows
from spaceport.adapters.visibility import visible
from spaceport.domain.account import Caller
from spaceport.domain.discussion import Discussion, DiscussionEvent, DiscussionFilter, DiscussionStatus, EventType
from spaceport.errors import AlreadyExists


class SqlDiscussions:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows = Rows(connection, discussions, Discussion, {"status": DiscussionStatus})
        self._events = Rows(connection, discussion_events, DiscussionEvent, {"type": EventType})
        self.add = self._rows.add
        self.update = self._rows.update
        self.by_ids = self._rows.by_ids
        self.add_event = self._events.add
        self.update_event = self._events.update

    def next_number(self, repo_id: str) -> int:
        table = discussion_numbers
        counted = update(table).where(table.c.repo_id == repo_id).values(last_number=table.c.last_number + 1)
        if not self._connection.execute(counted).rowcount:
            try:
                self._connection.execute(insert(table).values(repo_id=repo_id, last_number=1))
            except IntegrityError as error:
                raise AlreadyExists("somebody else opened the first discussion of this repo just now") from error
        statement = select(table.c.last_number).where(table.c.repo_id == repo_id)
        return int(self._connection.execute(statement).scalar_one())

    def by_number(self, repo_id: str, number: int) -> Discussion | None:
        # Larger numbers than a column holds are an error of the database, not an answer.
        if not 0 < number < 2**31:
            return None
        return self._rows.one(discussions.c.repo_id == repo_id, discussions.c.number == number)

    def of_repo(self, repo_id: str, wanted: DiscussionFilter, limit: int, offset: int = 0) -> list[Discussion]:
        order = discussions.c.number.desc()
        return self._rows.many(*_conditions(repo_id, wanted), order_by=order, limit=limit, offset=offset)

    def count(self, repo_id: str, wanted: DiscussionFilter) -> int:
        statement = select(func.count()).where(*_conditions(repo_id, wanted))
        return int(self._connection.execute(statement).scalar_one())

    def has_pull_request_of(self, repo_id: str, author_id: str) -> bool:
        table = discussions
        is_theirs = (table.c.author_id == author_id) & table.c.is_pull_request
        is_there = table.c.status != DiscussionStatus.MERGED
        return self._rows.one(table.c.repo_id == repo_id, is_theirs, is_there) is not None

    def number_of(self, author_id: str, caller: Caller) -> int:
        is_seen = [
            discussions.c.repo_id.in_(
                select(table.c.id).where(visible(table, caller), table.c.has_discussions.is_(True))
            )
            for table in (tables.spaces, tables.repos)
        ]
        statement = select(func.count()).where(discussions.c.author_id == author_id, or_(*is_seen))
        return int(self._connection.execute(statement).scalar_one())

    def remove(self, discussion_id: str) -> None:
        self._connection.execute(delete(discussions).where(discussions.c.id == discussion_id))

    def event(self, discussion_id: str, event_id: str) -> DiscussionEvent | None:
        table = discussion_events
        return self._events.one(table.c.discussion_id == discussion_id, table.c.id == event_id)

    def events(self, discussion_id: str) -> list[DiscussionEvent]:
        table = discussion_events
        return self._events.many(table.c.discussion_id == discussion_id, order_by=table.c.position)

    def author_ids(self, discussion_id: str) -> frozenset[str]:
        table = discussion_events
        statement = select(table.c.author_id).where(table.c.discussion_id == discussion_id).distinct()
        return frozenset(self._connection.execute(statement).scalars())

    def next_position(self, discussion_id: str) -> int:
        table = discussion_events
        statement = select(func.coalesce(func.max(table.c.position), -1)).where(table.c.discussion_id == discussion_id)
        return int(self._connection.execute(statement).scalar_one()) + 1


def _conditions(repo_id: str, wanted: DiscussionFilter) -> list[Any]:
    conditions: list[Any] = [discussions.c.repo_id == repo_id]
    if wanted.is_pull_request is not None:
        conditions.append(discussions.c.is_pull_request.is_(wanted.is_pull_request))
    if wanted.statuses:
        conditions.append(discussions.c.status.in_(wanted.statuses))
    if wanted.author:
        conditions.append(func.lower(discussions.c.author) == wanted.author.lower())
    return conditions
