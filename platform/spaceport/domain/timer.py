"""What is done to a Space by the clock: when, in which zone, and whether the moment suits."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
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
#: Numbers, names, ``*``, lists, ranges and steps: no field that is chosen by chance, which croniter would know.
_FIELD = re.compile(
    r"(?:[0-9*,/-]|sun|mon|tue|wed|thu|fri|sat|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)+", re.IGNORECASE
)
_ZONE = re.compile(r"[A-Za-z0-9_+\-]+(?:/[A-Za-z0-9_+\-]+)*")


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
    try:
        if not _ZONE.fullmatch(name):
            raise ValueError(name)
        ZoneInfo(name)
    except (OSError, KeyError, ValueError) as error:
        raise BadRequest(f"a zone is a name such as Europe/Berlin or UTC; given: {name[:100]}") from error
    return name


def check_pauses(line: str, zone: str, now: datetime) -> datetime:
    """The first time after now. Raises: BadRequest for what comes too often or never, or cannot be read."""
    times = _times(line, zone, now)
    try:
        first = before = next(times)
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
    last, missed = timer.next_at, -1
    for moment in _times(timer.line, timer.zone, timer.next_at):
        missed += 1
        if moment > now or missed >= _MOST_MISSED:
            return last, missed
        last = moment
    return last, max(missed, 0)


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


def _times(line: str, zone: str, after: datetime) -> Iterator[datetime]:
    """Raises: CroniterError, ValueError."""
    times = croniter(line, after.astimezone(ZoneInfo(zone)), ret_type=datetime)
    while True:
        yield times.get_next(datetime).astimezone(UTC)
