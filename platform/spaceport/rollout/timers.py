"""Does what timers say, when their time has come."""

import threading
from collections.abc import Callable, Mapping

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

Do = Callable[[Services, Space, Caller], object]


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
            due = [(due_of(timer, now), timer) for timer in tx.timers.due(now)]
        for (due_at, missed), timer in sorted(due, key=lambda each: each[0]):
            run = TimerRun(new_id(), timer.id, due_at, now, missed, RunResult.BEGUN)
            with self._services.database.begin() as tx:
                tx.timers.update(timer.id, next_at=next_after(timer, now))
                tx.timers.add_run(run)
            result, words = self._do(timer)
            with self._services.database.begin() as tx:
                tx.timers.update_run(run.id, result=result, words=words)
        return len(due)

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
        return RunResult.DONE, ""

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.take()
            except Exception:
                # The end of this thread's work: whatever it was (a locked database), the next look tries again.
                log.exception("timers could not be looked at")
            self._stop.wait(_LOOK_SECONDS)
