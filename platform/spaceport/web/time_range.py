"""How far back a page of figures looks, as its address says. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from spaceport.translating import marked

#: By the word in the address: its words on the page, and how long it is.
RANGES = {
    "hour": (marked("1 hour"), timedelta(hours=1)),
    "day": (marked("24 hours"), timedelta(days=1)),
    "week": (marked("7 days"), timedelta(days=7)),
    "quarter": (marked("90 days"), timedelta(days=90)),
}
#: Where nothing is asked for, or nothing that is known.
USUAL = "day"


@dataclass(frozen=True)
class TimeRange:
    """From ``start`` to ``end``, the moment it was asked for."""

    name: str
    start: datetime
    end: datetime


def range_of(name: str, now: datetime) -> TimeRange:
    known = name if name in RANGES else USUAL
    return TimeRange(known, now - RANGES[known][1], now)
