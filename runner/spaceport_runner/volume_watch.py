"""Counts what is in volumes while their apps run, and stops an app whose volume outgrows its quota."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog

from spaceport_runner.bring_up import BringUp
from spaceport_runner.contract import InstanceState, volume_path
from spaceport_runner.file_count import count_files
from spaceport_runner.loops import Loop
from spaceport_runner.plan import Phase, ended
from spaceport_runner.roster import Roster, Tracked
from spaceport_runner.settings import RunnerSettings
from spaceport_runner.volume_quota import Quota, quota_of, volume_full

#: Seconds between two measurements of a volume: how far an app can get past its quota.
MEASURE_EVERY_SECONDS = 2.0
#: A volume of many files takes long to measure: that must not take more than this share of the time.
LARGEST_SHARE = 0.1
#: Volumes measured at the same time.
MEASURED_AT_ONCE = 2
#: Seconds one measurement may take. Where it is not done by then, the last figure stays, unless what was counted until
#: then is too much already: an app that is held to its number of files cannot have more than are counted in that time.
MEASURE_LIMIT_SECONDS = 30.0

log = structlog.get_logger()


@dataclass
class _Watched:
    """
    ``quota`` is what the app may reach, None until it is known; ``due_at`` is of the monotonic clock.

    ``is_busy`` while it is measured, or waits for that. ``is_stale`` when the last measurement was not done in time.
    """

    quota: Quota | None = None
    due_at: float = 0.0
    is_busy: bool = False
    is_stale: bool = False


class VolumeWatch:
    """
    Keeps ``volume_used_bytes`` of the reports. ``changed`` is called when something is to be stopped.

    Nobody waits for a volume that takes long to measure: neither the loop nor, for more than its time, other volumes.
    """

    def __init__(
        self,
        settings: RunnerSettings,
        roster: Roster,
        bring_up: BringUp,
        changed: Callable[[], None],
        limit_seconds: float = MEASURE_LIMIT_SECONDS,
    ) -> None:
        self._settings = settings
        self._roster = roster
        self._bring_up = bring_up
        self._changed = changed
        self._limit_seconds = limit_seconds
        self._watched: dict[str, _Watched] = {}
        self._pool = ThreadPoolExecutor(MEASURED_AT_ONCE, thread_name_prefix="volume")
        self._loop = Loop("volume-watch", self._step, MEASURE_EVERY_SECONDS / 2)

    def start(self) -> None:
        self._loop.start()

    def stop(self) -> None:
        self._loop.stop(MEASURE_EVERY_SECONDS)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _step(self) -> None:
        with_volume = [each for each in self._roster.all() if _has_volume(each)]
        self._watched = {each.instance_id: self._watched.get(each.instance_id, _Watched()) for each in with_volume}
        now = time.monotonic()
        for tracked in with_volume:
            watched = self._watched[tracked.instance_id]
            if watched.due_at <= now and not watched.is_busy:
                watched.is_busy = True
                self._pool.submit(self._measure, tracked, watched)

    def _measure(self, tracked: Tracked, watched: _Watched) -> None:
        """In a thread of the pool."""
        began = time.monotonic()
        try:
            self._look_at(tracked, watched)
        except Exception:
            # A thread's work ends here; nobody asks for its result.
            log.exception("volume_not_measured", instance_id=tracked.instance_id)
        finally:
            took = time.monotonic() - began
            watched.due_at = began + max(MEASURE_EVERY_SECONDS, took / LARGEST_SHARE)
            watched.is_busy = False

    def _look_at(self, tracked: Tracked, watched: _Watched) -> None:
        spec = tracked.spec
        assert spec is not None
        of_space, before = quota_of(spec.volume_bytes), tracked.volume_at_start
        if watched.quota is None and before is not None and before.is_complete:
            # Not what the first look finds: by then a fast app may have filled it already.
            watched.quota = of_space.beside(before)
        most_files = watched.quota.files if watched.quota else None
        try:
            found = count_files(volume_path(self._settings.data_dir, spec.space_id), self._limit_seconds, most_files)
        except OSError as error:
            self._say_stale(tracked, watched, str(error))
            return
        if found.is_complete:
            watched.is_stale = False
            watched.quota = watched.quota or of_space.beside(found)
            figures = {"volume_used_bytes": found.used_bytes, "volume_is_stale": False}
            self._roster.revise(tracked, lambda report: report.model_copy(update=figures))
        if watched.quota is not None and watched.quota.is_exceeded_by(found):
            self._end(tracked, volume_full(found, of_space))
        elif not found.is_complete:
            self._say_stale(tracked, watched, f"more than {found.files} files were not counted in time")

    def _say_stale(self, tracked: Tracked, watched: _Watched, why: str) -> None:
        """To the owner beside the figure; to the admin here, once until it is measured again."""
        self._roster.revise(tracked, lambda report: report.model_copy(update={"volume_is_stale": True}))
        if not watched.is_stale:
            log.warning("volume_not_measured", instance_id=tracked.instance_id, error=why)
        watched.is_stale = True

    def _end(self, tracked: Tracked, reason: str) -> None:
        assert tracked.report is not None
        log.info("volume_full", instance_id=tracked.instance_id, reason=reason)
        tail = self._bring_up.tail(tracked.report)
        state = InstanceState.EXITED if tracked.report.ready_at else InstanceState.FAILED
        self._roster.revise(tracked, lambda report: ended(report, state, reason, tail))
        # The plan halts what lives and is over.
        self._changed()


def _has_volume(tracked: Tracked) -> bool:
    spec, report = tracked.spec, tracked.report
    is_up = tracked.phase is Phase.UP and spec is not None and report is not None
    return is_up and spec is not None and spec.volume_bytes > 0 and report is not None and not report.is_frozen
