"""Has instances stand still and go on, as their specs say."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog

from spaceport_runner.contract import InstanceReport, InstanceSpec, InstanceState
from spaceport_runner.engines.engine import Engine, EngineError
from spaceport_runner.plan import Phase, Wanted
from spaceport_runner.roster import Roster, Tracked

#: Instances that may be frozen or thawed at the same time.
TURNS_AT_ONCE = 8

log = structlog.get_logger()


class Freezer:
    """
    Each look compares what is wanted with what was reported; a turn that failed is tried again by the next one.

    Turns have threads of their own: a visitor waits for an app that thaws, which must not wait for one that stops.
    """

    def __init__(self, engine: Engine, roster: Roster, changed: Callable[[], None]) -> None:
        self._engine = engine
        self._roster = roster
        self._changed = changed
        self._turning: set[str] = set()
        self._pool = ThreadPoolExecutor(TURNS_AT_ONCE, thread_name_prefix="freezer")

    def follow(self, wanted: Wanted) -> None:
        """Begin what is to be done now. Called by one thread."""
        for tracked in self._roster.all():
            spec = wanted.specs.get(tracked.instance_id)
            if tracked.instance_id not in self._turning and should_turn(tracked.phase, tracked.report, spec):
                assert spec is not None
                self._turning.add(tracked.instance_id)
                self._pool.submit(self._turn, tracked, spec.frozen)

    def stop(self) -> None:
        """Finish what is under way."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _turn(self, tracked: Tracked, frozen: bool) -> None:
        try:
            (self._engine.freeze if frozen else self._engine.thaw)(tracked.instance_id)
        except EngineError as error:
            log.error("instance_not_turned", instance_id=tracked.instance_id, frozen=frozen, error=str(error))
            self._turning.discard(tracked.instance_id)
            return
        self._roster.revise(tracked, lambda report: report.model_copy(update={"is_frozen": frozen}))
        self._turning.discard(tracked.instance_id)
        # The wish may have changed meanwhile.
        self._changed()


def should_turn(phase: Phase, report: InstanceReport | None, spec: InstanceSpec | None) -> bool:
    """Whether an instance is to be frozen or thawed now; one that has not answered yet is never frozen."""
    if phase is not Phase.UP or report is None or spec is None or spec.frozen == report.is_frozen:
        return False
    return report.is_frozen or report.state is InstanceState.READY
