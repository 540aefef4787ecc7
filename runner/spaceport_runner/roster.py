"""The instances an agent knows, each with its latest report and what is being done about it."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from spaceport_runner.contract import InstanceReport, InstanceSpec
from spaceport_runner.file_count import Count
from spaceport_runner.plan import Phase, is_over
from spaceport_runner.reporter import Reporter


@dataclass
class Tracked:
    """
    One instance. ``told_at`` (monotonic seconds) is when the engine was told to run it; an older listing says nothing
    about it. ``cancelled`` is set when it should stop, ``settled`` when no start is under way any more.
    ``volume_at_start`` is what its /data held before it was started here, None for one that was adopted.
    """

    instance_id: str
    phase: Phase
    report: InstanceReport | None = None
    spec: InstanceSpec | None = None
    told_at: float = 0.0
    volume_at_start: Count | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    settled: threading.Event = field(default_factory=threading.Event)


class Roster:
    """
    Guards the tracked instances, and hands every changed report to the reporter.

    May be used from several threads. Reports change only through ``revise``, so that two threads that learn something
    about one instance do not undo each other's news.
    """

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._lock = threading.Lock()
        self._tracked: dict[str, Tracked] = {}

    def add(self, tracked: Tracked) -> None:
        with self._lock:
            self._tracked[tracked.instance_id] = tracked
            if tracked.report is not None:
                self._reporter.put(tracked.report, announce=True)

    def get(self, instance_id: str) -> Tracked | None:
        with self._lock:
            return self._tracked.get(instance_id)

    def all(self) -> list[Tracked]:
        with self._lock:
            return list(self._tracked.values())

    def phases(self) -> dict[str, Phase]:
        with self._lock:
            return {instance_id: tracked.phase for instance_id, tracked in self._tracked.items()}

    def revise(self, tracked: Tracked, change: Callable[[InstanceReport], InstanceReport]) -> None:
        """
        Replace the report by what ``change`` makes of it; nothing happens to an instance that is over or dropped.

        Changes of state and address are announced, changes of figures are not.
        """
        with self._lock:
            before = tracked.report
            if before is None or is_over(before) or self._tracked.get(tracked.instance_id) is not tracked:
                return
            after = tracked.report = change(before)
            if is_over(after) and tracked.phase is not Phase.STOPPING:
                tracked.phase = Phase.OVER
            if after != before:
                self._reporter.put(after, announce=_matters(before, after))

    def started(self, tracked: Tracked) -> None:
        """The engine was told to run it."""
        with self._lock:
            tracked.told_at = time.monotonic()
            if tracked.phase is Phase.STARTING:
                tracked.phase = Phase.UP

    def begin_stop(self, instance_id: str) -> Tracked:
        """Note that a stop is under way, of an instance that may not have been known before."""
        with self._lock:
            tracked = self._tracked.get(instance_id)
            if tracked is None:
                tracked = self._tracked[instance_id] = Tracked(instance_id, Phase.STOPPING)
                tracked.settled.set()
            tracked.phase = Phase.STOPPING
            tracked.cancelled.set()
            return tracked

    def end_stop(self, tracked: Tracked, is_gone: bool, drop: bool) -> None:
        """
        The stop is no longer under way. Unless the instance is gone, the next look tries again.

        ``drop`` removes the report too. One that does not tell of an end (a stop that failed, of an instance that is
        wanted again by now) is removed as well: it can only be started anew.
        """
        with self._lock:
            if is_gone and (drop or tracked.report is None or not is_over(tracked.report)):
                self._tracked.pop(tracked.instance_id, None)
                self._reporter.drop(tracked.instance_id)
            else:
                tracked.phase = Phase.OVER


def _matters(before: InstanceReport, after: InstanceReport) -> bool:
    return _news(before) != _news(after)


def _news(report: InstanceReport) -> tuple[object, ...]:
    return report.state, report.host, report.port, report.is_frozen, report.phase, report.prepared_at
