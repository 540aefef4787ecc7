"""Visits, from the gateways' counters into the database, and the minutes that Spaces are up."""

from datetime import timedelta

from spaceport.domain.instance import Role
from spaceport.domain.sample import minute_of
from spaceport.domain.visit import day_of
from spaceport.interfaces import Clock, Database
from spaceport.measure_stores import VisitCounters

#: How long days are kept.
KEPT_DAYS = 400
_TRIM_MINUTES = 60
_CURSOR = "visits"


class VisitStep:
    """
    Runs in the controller only, one thread.

    A batch is written down and its number with it, in one transaction: one that was not forgotten in time, because
    somebody was killed in between, is not counted twice.
    """

    def __init__(self, database: Database, counters: VisitCounters, clock: Clock) -> None:
        self._database = database
        self._counters = counters
        self._clock = clock
        self._last_minute = minute_of(clock.now())

    def take(self) -> None:
        """Raises: Unavailable."""
        batch = self._counters.take()
        if batch is not None:
            by_day: dict[str, set[str]] = {}
            for each in batch.calls:
                by_day.setdefault(each.day, set()).add(each.space_id)
            visitors = {day: self._counters.visitors(day, space_ids) for day, space_ids in by_day.items()}
            with self._database.begin() as tx:
                if tx.history.cursor(_CURSOR) != batch.number:
                    tx.visits.add_calls(batch.calls)
                    tx.history.set_cursor(_CURSOR, batch.number)
                for day, counts in visitors.items():
                    tx.visits.note_visitors(day, counts)
            self._counters.forget()
        self._count_minute()

    def _count_minute(self) -> None:
        """Once a minute; what passes while no controller runs is not counted."""
        now = self._clock.now()
        minute = minute_of(now)
        if minute == self._last_minute:
            return
        with self._database.begin() as tx:
            live = {each.space_id for each in tx.instances.current() if each.role is Role.LIVE}
            asleep = {fact.id for fact in tx.spaces.facts() if fact.is_asleep}
            tx.visits.add_awake_minute(day_of(now), live - asleep)
            if minute // _TRIM_MINUTES != self._last_minute // _TRIM_MINUTES:
                tx.visits.trim(now - timedelta(days=KEPT_DAYS))
        self._last_minute = minute
