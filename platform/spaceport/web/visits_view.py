"""What a Space's visits come to: figures of each day, of each endpoint, and their pictures. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from spaceport.domain.visit import TOTAL, Calls, VisitDay, day_of, merged
from spaceport.translating import gettext
from spaceport.web.figure import Figure, figure_of
from spaceport.web.plot import plot_of
from spaceport.web.words import duration, latency

#: How far back, in days.
RANGES = {"week": 7, "month": 30, "quarter": 90, "year": 365}
_DAY_SECONDS = 86_400.0


@dataclass(frozen=True)
class DayRow:
    """All of one day."""

    day: str
    calls: Calls
    known: VisitDay


@dataclass(frozen=True)
class VisitsView:
    """``endpoints`` have the most called first."""

    days: list[DayRow]
    endpoints: list[Calls]
    total: Calls
    figures: list[Figure]


def view_of(calls: Sequence[Calls], days: Sequence[VisitDay], start: date, end: date) -> VisitsView:
    """From the rows of a Space; days without visits count as nothing."""
    by_day = {each.day: each for each in calls if each.endpoint == TOTAL}
    known = {each.day: each for each in days}
    names = [day_of(start + timedelta(days=number)) for number in range((end - start).days + 1)]
    rows = [
        DayRow(name, by_day.get(name) or Calls("", name, TOTAL), known.get(name) or VisitDay("", name))
        for name in names
    ]
    by_endpoint: dict[str, list[Calls]] = {}
    for each in calls:
        if each.endpoint != TOTAL:
            by_endpoint.setdefault(each.endpoint, []).append(each)
    endpoints = [merged(several, name) for name, several in by_endpoint.items()]
    endpoints.sort(key=lambda each: (-each.calls, each.endpoint))
    total = merged(row.calls for row in rows)
    return VisitsView(rows, endpoints, total, _figures(rows, total))


def _figures(rows: Sequence[DayRow], total: Calls) -> list[Figure]:
    def figure(name: str, value: Callable[[DayRow], float], words: Callable[[float], str], whole: str = "") -> Figure:
        points = [(_middle_of(row.day), value(row)) for row in rows]
        start, end = _middle_of(rows[0].day) - _DAY_SECONDS / 2, _middle_of(rows[-1].day) + _DAY_SECONDS / 2
        plot = plot_of(points, start, end, _DAY_SECONDS)
        return figure_of(name, plot, words, whole or words(sum(each for _, each in points)))

    slow = total.quantile_ms(0.95)
    return [
        figure(gettext("Visitors a day"), lambda row: row.known.visitors, _whole),
        figure(gettext("Calls"), lambda row: row.calls.calls, _whole),
        figure(gettext("Errors"), lambda row: row.calls.errors, _whole),
        figure(
            gettext("p95 latency"),
            lambda row: row.calls.quantile_ms(0.95) or 0.0,
            latency,
            latency(slow) if slow is not None else "–",
        ),
        figure(gettext("Wakes"), lambda row: row.known.wakes, _whole),
        figure(gettext("Time awake"), lambda row: row.known.awake_minutes, lambda value: duration(value * 60)),
    ]


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _middle_of(day: str) -> float:
    return datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() + _DAY_SECONDS / 2
