"""Timers and their runs in the database."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select

from spaceport.adapters.rows import Rows
from spaceport.adapters.space_tables import timer_runs, timers
from spaceport.domain.timer import RUNS_KEPT, RunResult, Timer, TimerAction, TimerRun


class SqlTimers:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows = Rows(connection, timers, Timer, {"action": TimerAction})
        self._runs = Rows(connection, timer_runs, TimerRun, {"result": RunResult})
        self.add = self._rows.add
        self.update = self._rows.update
        self.update_run = self._runs.update

    def get(self, timer_id: str) -> Timer | None:
        return self._rows.one(timers.c.id == timer_id)

    def of_space(self, space_id: str) -> list[Timer]:
        return self._rows.many(timers.c.space_id == space_id, order_by=(timers.c.created_at, timers.c.id))

    def due(self, now: datetime) -> list[Timer]:
        return self._rows.many(timers.c.next_at <= now, order_by=(timers.c.next_at, timers.c.id))

    def remove(self, timer_id: str) -> None:
        self._connection.execute(delete(timers).where(timers.c.id == timer_id))

    def add_run(self, run: TimerRun, /) -> None:
        self._runs.add(run)
        is_its = timer_runs.c.timer_id == run.timer_id
        newest = select(timer_runs.c.id).where(is_its).order_by(timer_runs.c.at.desc()).limit(RUNS_KEPT)
        self._connection.execute(delete(timer_runs).where(is_its, timer_runs.c.id.not_in(newest.scalar_subquery())))

    def runs_of(self, timer_ids: Sequence[str]) -> dict[str, list[TimerRun]]:
        found: dict[str, list[TimerRun]] = defaultdict(list)
        is_asked = timer_runs.c.timer_id.in_(list(timer_ids))
        for run in self._runs.many(is_asked, order_by=(timer_runs.c.at.desc(), timer_runs.c.id)):
            found[run.timer_id].append(run)
        return found
