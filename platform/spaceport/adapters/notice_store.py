"""Notices, what people chose to hear of, and what they watch, in the database."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, insert, or_, select, true, update

from spaceport.adapters import tables
from spaceport.adapters.hub_tables import memberships
from spaceport.adapters.notice_tables import notice_choices, notices, watches
from spaceport.adapters.rows import Rows, in_slices
from spaceport.adapters.visibility import visible
from spaceport.domain.account import Caller, OrgRole
from spaceport.domain.notice import (
    FROM_PEOPLE,
    NOTICE_DAYS,
    NOTICES_KEPT,
    NOTICES_OF_ACTOR,
    TALK,
    Audience,
    Notice,
    NoticeKind,
)
from spaceport.domain.notice_folding import fold
from spaceport.domain.watch import Watch, WatchLevel


class SqlNotices:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows = Rows(connection, notices, Notice, {"kind": NoticeKind, "audience": Audience})

    def put_all(self, put: Sequence[Notice], /) -> None:
        if not put:
            return
        put = self._folded(put)
        table, people = notices, defaultdict[tuple[str, str, str], list[str]](list)
        for notice in put:
            people[notice.repo_id, notice.kind, notice.subject].append(notice.user_id)
        is_unread = table.c.read_at.is_(None)
        for (repo_id, kind, subject), user_ids in people.items():
            is_same = and_(table.c.repo_id == repo_id, table.c.kind == kind, table.c.subject == subject, is_unread)
            for some in in_slices(user_ids):
                self._connection.execute(delete(table).where(table.c.user_id.in_(some), is_same))
        self._rows.add_all(put)
        self._trim([notice.user_id for notice in put], max(notice.at for notice in put))

    def get(self, user_id: str, notice_id: str) -> Notice | None:
        return self._rows.one(notices.c.user_id == user_id, notices.c.id == notice_id)

    def of_user(self, caller: Caller, is_unread: bool, limit: int, offset: int = 0) -> list[Notice]:
        order = (notices.c.at.desc(), notices.c.id)
        return self._rows.many(*_seen(caller, is_unread), order_by=order, limit=limit, offset=offset)

    def unread_of(self, caller: Caller) -> int:
        statement = select(func.count()).select_from(notices).where(*_seen(caller, is_unread=True))
        return int(self._connection.execute(statement).scalar_one())

    def mark_read(self, user_id: str, at: datetime, notice_id: str | None = None) -> None:
        is_it = notices.c.id == notice_id if notice_id is not None else true()
        is_unread = (notices.c.user_id == user_id) & notices.c.read_at.is_(None)
        self._connection.execute(update(notices).where(is_unread, is_it).values(read_at=at))

    def forget(self, subject: str) -> None:
        self._connection.execute(delete(notices).where(notices.c.subject == subject))

    def quiet_of(self, user_ids: Collection[str]) -> dict[str, frozenset[NoticeKind]]:
        table = notice_choices
        known = frozenset(NoticeKind)
        return {
            str(user_id): frozenset(NoticeKind(kind) for kind in quiet if kind in known)
            for some in in_slices(user_ids)
            for user_id, quiet in self._connection.execute(
                select(table.c.user_id, table.c.quiet).where(table.c.user_id.in_(some))
            )
        }

    def set_quiet(self, user_id: str, kinds: Sequence[NoticeKind]) -> None:
        table, quiet = notice_choices, [str(kind) for kind in kinds]
        changed = self._connection.execute(update(table).where(table.c.user_id == user_id).values(quiet=quiet))
        if not changed.rowcount:
            self._connection.execute(insert(table).values(user_id=user_id, quiet=quiet))

    def _folded(self, put: Sequence[Notice]) -> list[Notice]:
        """The same with calls folded; the unread ones that are in them now are gone."""
        calls = [notice for notice in put if notice.kind is NoticeKind.MENTION]
        earlier = defaultdict[tuple[str, str], list[Notice]](list)
        actors = list({notice.actor for notice in calls})
        for some in in_slices({notice.user_id for notice in calls}):
            is_call = (notices.c.kind == NoticeKind.MENTION) & notices.c.read_at.is_(None)
            for each in self._rows.many(notices.c.user_id.in_(some), is_call, notices.c.actor.in_(actors)):
                earlier[each.user_id, each.actor].append(each)
        folded = [fold(notice, earlier[notice.user_id, notice.actor]) for notice in put]
        for some in in_slices([notice_id for each in folded for notice_id in each.gone]):
            self._connection.execute(delete(notices).where(notices.c.id.in_(some)))
        return [each.notice for each in folded]

    def _trim(self, user_ids: Collection[str], now: datetime) -> None:
        """All but the newest of each kind and, of what people cause, of each of these; and what was old by now."""
        table, kinds = notices, (notices.c.user_id, notices.c.kind)
        is_from_people = table.c.kind.in_(FROM_PEOPLE)
        order = (table.c.at.desc(), table.c.id)
        of_actor = func.row_number().over(partition_by=(*kinds, table.c.actor), order_by=order).label("place")
        of_kind = func.row_number().over(partition_by=kinds, order_by=order).label("place")
        for some in in_slices(user_ids):
            is_theirs = table.c.user_id.in_(some)
            # One after the other: what goes of one actor takes no place from others.
            for place, limit, which in ((of_actor, NOTICES_OF_ACTOR, is_from_people), (of_kind, NOTICES_KEPT, true())):
                ranked = select(table.c.id, table.c.at, place).where(is_theirs, which).subquery()
                is_over = or_(ranked.c.at < now - timedelta(days=NOTICE_DAYS), ranked.c.place > limit)
                self._connection.execute(delete(table).where(table.c.id.in_(select(ranked.c.id).where(is_over))))


class SqlWatches:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows = Rows(connection, watches, Watch, {"level": WatchLevel})

    def get(self, repo_id: str, user_id: str) -> Watch | None:
        return self._rows.one(watches.c.repo_id == repo_id, watches.c.user_id == user_id)

    def put(self, watch: Watch, /) -> None:
        self.remove(watch.repo_id, watch.user_id)
        self._rows.add(watch)

    def remove(self, repo_id: str, user_id: str) -> None:
        is_it = (watches.c.repo_id == repo_id) & (watches.c.user_id == user_id)
        self._connection.execute(delete(watches).where(is_it))

    def of_repo(self, repo_id: str) -> list[Watch]:
        return self._rows.many(watches.c.repo_id == repo_id)

    def of_user(self, user_id: str) -> list[Watch]:
        return self._rows.many(watches.c.user_id == user_id, order_by=(watches.c.created_at.desc(), watches.c.repo_id))


def _seen(caller: Caller, is_unread: bool) -> list[ColumnElement[Any]]:
    """What is this person's, and of a repo that they may read, or write to, at this moment."""
    assert caller.user is not None
    conditions: list[ColumnElement[Any]] = [notices.c.user_id == caller.user.id]
    if is_unread:
        conditions.append(notices.c.read_at.is_(None))
    return [*conditions, or_(*(_is_of(table, caller) for table in (tables.spaces, tables.repos)))]


def _is_of(table: Table, caller: Caller) -> ColumnElement[Any]:
    is_read = notices.c.repo_id.in_(select(table.c.id).where(visible(table, caller)))
    is_said = or_(notices.c.kind.not_in(TALK), notices.c.repo_id.in_(select(table.c.id).where(table.c.has_discussions)))
    is_written = notices.c.repo_id.in_(select(table.c.id).where(_is_own(table, caller)))
    return and_(is_read, is_said, or_(notices.c.audience == Audience.READERS, is_written))


def _is_own(table: Table, caller: Caller) -> ColumnElement[Any]:
    """The rule of ``domain.access.is_own`` as a condition, but that admins of this Spaceport may do the same."""
    user = caller.user
    assert user is not None
    if user.is_admin:
        return true()
    mine = select(memberships.c.org_id).where(memberships.c.user_id == user.id)
    writing = mine.where(memberships.c.role.in_((OrgRole.WRITE, OrgRole.ADMIN)))
    contributing = mine.where(memberships.c.role == OrgRole.CONTRIBUTOR)
    is_contributed = and_(table.c.owner_id.in_(contributing), table.c.creator_id == user.id)
    return or_(table.c.owner_id == user.id, table.c.owner_id.in_(writing), is_contributed)
