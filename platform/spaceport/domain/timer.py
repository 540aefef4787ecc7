"""What is done to a Space by the clock: when, in which zone, and whether the moment suits."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from croniter import CroniterError, croniter

from spaceport.domain.space import Desired, Space
from spaceport.errors import BadRequest

MAX_TIMERS = 10
#: Seconds between two times of one timer, at least.
MIN_PAUSE_SECONDS = 600
#: Runs kept of each timer.
RUNS_KEPT = 20
#: Times of which the pauses are looked at: a week of what comes every ten minutes would be more than anybody writes.
_LOOKED_AT = 200
#: More missed times are not counted.
_MOST_MISSED = 1000
_FIELDS = 5
_HOUR = 1
#: Numbers, names, ``*``, lists, ranges and steps: no field that is chosen by chance, which croniter would know.
_FIELD = re.compile(
    r"(?:[0-9*,/-]|sun|mon|tue|wed|thu|fri|sat|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)+", re.IGNORECASE
)
#: Listed among the zones, but no place's clock. Source: the file ``factory`` of the time zone database.
_NO_ZONE = "Factory"


class TimerAction(StrEnum):
    """``wake`` starts a Space that sleeps, ``pause`` and ``start`` do what the owner's buttons do."""

    RESTART = "restart"
    REBUILD = "rebuild"
    WAKE = "wake"
    PAUSE = "pause"
    START = "start"


class RunResult(StrEnum):
    """``begun`` stays where the process ended in between: nothing is done twice."""

    BEGUN = "begun"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True)
class Timer:
    """``line`` has the five fields of cron, read in ``zone``. It acts for who made it, as far as they still may."""

    id: str
    space_id: str
    action: TimerAction
    line: str
    zone: str
    user_id: str
    created_by: str
    created_at: datetime
    next_at: datetime


@dataclass(frozen=True)
class TimerRun:
    """One time that came; ``missed`` counts the times before that passed while nobody looked."""

    id: str
    timer_id: str
    due_at: datetime
    at: datetime
    missed: int
    result: RunResult
    words: str = ""


def check_line(line: str) -> str:
    """Raises: BadRequest."""
    fields = line.split()
    if len(fields) != _FIELDS or not all(_FIELD.fullmatch(field) and len(field) <= 100 for field in fields):
        raise BadRequest(f"write minute, hour, day, month and weekday, such as 0 3 * * mon-fri; given: {line[:100]}")
    return " ".join(fields)


def check_zone(zone: str) -> str:
    """Raises: BadRequest."""
    name = zone.strip() or "UTC"
    if name not in _zones():
        raise BadRequest(f"a zone is a name such as Europe/Berlin or UTC; given: {name[:100]}")
    return name


def check_pauses(line: str, zone: str, now: datetime) -> datetime:
    """
    The first time after now. Raises: BadRequest for what comes too often or never, or cannot be read.

    Pauses are those of a clock that is never changed: what is refused would else depend on the season.
    """
    times = _times(line, "UTC", now)
    try:
        first, before = next(_times(line, zone, now)), next(times)
        for _ in range(_LOOKED_AT):
            after = next(times)
            if (after - before).total_seconds() < MIN_PAUSE_SECONDS:
                raise BadRequest(f"{line} comes more often than every {MIN_PAUSE_SECONDS // 60} minutes")
            before = after
    except (CroniterError, ValueError) as error:
        raise BadRequest(f"{line} never comes, or cannot be read: {error}") from error
    return first


def next_after(timer: Timer, moment: datetime) -> datetime:
    """The first time after a moment."""
    return next(_times(timer.line, timer.zone, moment))


def due_of(timer: Timer, now: datetime) -> tuple[datetime, int]:
    """The last time that has come, and how many before it were missed."""
    last = max(timer.next_at, _last_until(timer, now))
    since = takewhile(lambda moment: moment <= last, _times(timer.line, timer.zone, timer.next_at))
    return last, sum(1 for _ in islice(since, _MOST_MISSED))


def skip_reason(action: TimerAction, space: Space) -> str | None:
    """Why nothing is to be done to this Space now; None when it is. What others stopped, no timer starts."""
    if space.desired is Desired.PAUSED:
        return None if action is TimerAction.START else "it is paused"
    if space.desired is not Desired.RUNNING:
        return f"it is {space.desired}"
    if action is TimerAction.START:
        return "it is not paused"
    if action is TimerAction.WAKE and not space.is_asleep:
        return "it does not sleep"
    return None


@cache
def _zones() -> frozenset[str]:
    """Those that go along with the hub: what else a machine's disk has, such as ``localtime``, others may not have."""
    names = files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    return frozenset(names) - {_NO_ZONE}


def _times(line: str, zone: str, after: datetime) -> Iterator[datetime]:
    """Raises: CroniterError, ValueError."""
    times = croniter(line, after.astimezone(ZoneInfo(zone)), ret_type=datetime)
    while True:
        moment = times.get_next(datetime).astimezone(UTC)
        if not _is_repeated(line, zone, moment):
            yield moment


def _last_until(timer: Timer, now: datetime) -> datetime:
    """Raises: CroniterError, ValueError."""
    after = now + timedelta(seconds=1)
    times = croniter(timer.line, after.astimezone(ZoneInfo(timer.zone)), ret_type=datetime)
    while True:
        moment = times.get_prev(datetime).astimezone(UTC)
        if moment <= now and not _is_repeated(timer.line, timer.zone, moment):
            return moment


def _is_repeated(line: str, zone: str, moment: datetime) -> bool:
    """
    Whether the clock showed this time before, as it does on the day on which it is put back.

    What comes at hours of the clock comes once on that day, what comes each hour or each n hours goes on.
    Source: cron(8) of Debian, on daylight saving time.
    """
    return not line.split()[_HOUR].startswith("*") and moment.astimezone(ZoneInfo(zone)).fold == 1
