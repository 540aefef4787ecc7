"""Who visited and how Spaces answered, in the database."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from spaceport.adapters import tables
from spaceport.adapters.measure_tables import visit_calls, visit_days, wake_ups
from spaceport.adapters.rows import Rows
from spaceport.domain.visit import TOTAL, Calls, VisitDay, WakeUp, day_of


class SqlVisits:
    """One writer, the controller."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._calls = Rows(connection, visit_calls, Calls)
        self._days = Rows(connection, visit_days, VisitDay)
        self._wakes = Rows(connection, wake_ups, WakeUp)

    def add_calls(self, counted: Collection[Calls]) -> None:
        table = visit_calls
        there = self._spaces({each.space_id for each in counted})
        for each in counted:
            if each.space_id not in there:
                continue
            is_it = (
                (table.c.space_id == each.space_id) & (table.c.day == each.day) & (table.c.endpoint == each.endpoint)
            )
            known = self._calls.one(is_it)
            if known is None:
                self._calls.add(each)
                continue
            buckets = [one + other for one, other in zip(known.buckets, each.buckets, strict=True)]
            values = {"calls": known.calls + each.calls, "errors": known.errors + each.errors, "buckets": buckets}
            self._connection.execute(update(table).where(is_it).values(**values))

    def note_visitors(self, day: str, visitors: dict[str, int]) -> None:
        for space_id in self._spaces(visitors):
            known = self._day(space_id, day)
            # Redis may have forgotten some of the day.
            self._change(space_id, day, visitors=max(known.visitors, visitors[space_id]))

    def add_awake_minute(self, day: str, space_ids: Collection[str]) -> None:
        for space_id in self._spaces(space_ids):
            self._change(space_id, day, awake_minutes=self._day(space_id, day).awake_minutes + 1)

    def add_wake(self, wake: WakeUp) -> None:
        day = day_of(wake.at)
        known = self._day(wake.space_id, day)
        self._wakes.add(wake)
        self._change(wake.space_id, day, wakes=known.wakes + 1, wake_seconds=known.wake_seconds + wake.seconds)

    def calls_of(self, space_id: str, since: str) -> list[Calls]:
        table = visit_calls
        found = self._calls.many(
            table.c.space_id == space_id, table.c.day >= since, order_by=(table.c.day, table.c.endpoint)
        )
        return [_with_tuple(each) for each in found]

    def days_of(self, space_id: str, since: str) -> list[VisitDay]:
        table = visit_days
        return self._days.many(table.c.space_id == space_id, table.c.day >= since, order_by=table.c.day)

    def totals(self, since: str) -> list[Calls]:
        table = visit_calls
        return [_with_tuple(each) for each in self._calls.many(table.c.endpoint == TOTAL, table.c.day >= since)]

    def wakes(self, limit: int, space_id: str | None = None, since: datetime | None = None) -> list[WakeUp]:
        table = wake_ups
        of_space = () if space_id is None else (table.c.space_id == space_id,)
        conditions = of_space if since is None else (*of_space, table.c.at >= since)
        return self._wakes.many(*conditions, order_by=table.c.at.desc(), limit=limit)

    def trim(self, before: datetime) -> None:
        day = day_of(before)
        for table in (visit_calls, visit_days):
            self._connection.execute(delete(table).where(table.c.day < day))
        self._connection.execute(delete(wake_ups).where(wake_ups.c.at < before))

    def _day(self, space_id: str, day: str) -> VisitDay:
        table = visit_days
        return self._days.one(table.c.space_id == space_id, table.c.day == day) or VisitDay(space_id, day)

    def _change(self, space_id: str, day: str, **changes: Any) -> None:
        table = visit_days
        statement = update(table).where(table.c.space_id == space_id, table.c.day == day).values(**changes)
        if not self._connection.execute(statement).rowcount:
            self._days.add(VisitDay(space_id, day, **changes))

    def _spaces(self, space_ids: Collection[str]) -> set[str]:
        """Those that are still there, of however many."""
        table, wanted = tables.spaces, list(space_ids)
        slices = (wanted[start : start + 500] for start in range(0, len(wanted), 500))
        return {
            str(found)
            for some in slices
            for found in self._connection.execute(select(table.c.id).where(table.c.id.in_(some))).scalars()
        }


def _with_tuple(calls: Calls) -> Calls:
    """JSON knows lists only."""
    return Calls(calls.space_id, calls.day, calls.endpoint, calls.calls, calls.errors, tuple(calls.buckets))
