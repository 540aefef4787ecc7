"""Does what timers say, when their time has come."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from spaceport.callers import caller_for
from spaceport.domain.access import Action, can
from spaceport.domain.account import Caller
from spaceport.domain.names import new_id
from spaceport.domain.space import Space
from spaceport.domain.timer import RunResult, Timer, TimerAction, TimerRun, due_of, next_after, skip_reason
from spaceport.errors import SpaceportError, Unavailable
from spaceport.services import Services

log = structlog.get_logger()

#: Seconds between two looks for timers whose time has come.
_LOOK_SECONDS = 5.0
#: How long a timer waits whose times cannot be told any more.
_PUT_OFF = timedelta(days=1)

Do = Callable[[Services, Space, Caller], object]


@dataclass(frozen=True)
class _Turn:
    """A timer whose time has come, and when it comes next; with a problem nothing is done but to tell it."""

    timer: Timer
    due_at: datetime
    missed: int
    next_at: datetime
    problem: str | None = None


class Timers:
    """
    A thread beside the controller's loop. What passed while it was down is done once, the latest of all timers last.

    The next time is written before anything is done: a process that is killed in between leaves a run that is only
    begun, and nothing is done twice.
    """

    def __init__(self, services: Services, deeds: Mapping[TimerAction, Do], stop: threading.Event) -> None:
        self._services = services
        self._deeds = deeds
        self._stop = stop

    def start(self) -> None:
        threading.Thread(target=self._run, name="timers", daemon=True).start()

    def take(self) -> int:
        """Do all that is due; returns how many timers that were."""
        now = self._services.clock.now()
        with self._services.database.read() as tx:
            due = [_turn_of(timer, now) for timer in tx.timers.due(now)]
        for turn in sorted(due, key=lambda each: each.due_at):
            try:
                self._take(turn, now)
            except Exception:
                # Whatever it was (a locked database): the timers after this one have their turn.
                log.exception("a timer could not be taken", timer=turn.timer.id)
        return len(due)

    def _take(self, turn: _Turn, now: datetime) -> None:
        run = TimerRun(new_id(), turn.timer.id, turn.due_at, now, turn.missed, RunResult.BEGUN)
        with self._services.database.begin() as tx:
            tx.timers.update(turn.timer.id, next_at=turn.next_at)
            tx.timers.add_run(run)
        result, words = self._do(turn.timer) if turn.problem is None else (RunResult.FAILED, turn.problem)
        with self._services.database.begin() as tx:
            tx.timers.update_run(run.id, result=result, words=words)

    def _do(self, timer: Timer) -> tuple[RunResult, str]:
        with self._services.database.read() as tx:
            space, user = tx.spaces.get(timer.space_id), tx.accounts.user(timer.user_id)
            caller = caller_for(tx, user) if user else Caller()
        if space is None:
            return RunResult.SKIPPED, "the Space is gone"
        if not can(caller, Action.WRITE, space):
            return RunResult.FAILED, f"{timer.created_by} may not do this any more"
        if (reason := skip_reason(timer.action, space)) is not None:
            return RunResult.SKIPPED, reason
        try:
            self._deeds[timer.action](self._services, space, caller)
        except Unavailable:
            # The row is written; whoever acts on it looks again by itself.
            log.warning("a timer's deed was told to nobody", timer=timer.id)
        except SpaceportError as error:
            return RunResult.FAILED, str(error)
        except Exception:
            # The end of this deed: a run that stayed "begun" would say that the process was killed.
            log.exception("a timer's deed failed", timer=timer.id)
            return RunResult.FAILED, "it went wrong; the log of the controller says how"
        return RunResult.DONE, ""

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.take()
            except Exception:
                # The end of this thread's work: whatever it was (a locked database), the next look tries again.
                log.exception("timers could not be looked at")
            self._stop.wait(_LOOK_SECONDS)


def _turn_of(timer: Timer, now: datetime) -> _Turn:
    try:
        return _Turn(timer, *due_of(timer, now), next_after(timer, now))
    except Exception as error:
        # A line or a zone that was read when the timer was made: later releases of others' libraries may not do so.
        log.exception("the times of a timer cannot be told", timer=timer.id)
        return _Turn(timer, timer.next_at, 0, now + _PUT_OFF, f"its times cannot be told any more: {error}")
