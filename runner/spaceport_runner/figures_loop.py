"""Measures, every two seconds, what instances use and how the machine is doing."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog

from spaceport_runner.contract import Capabilities, RunnerReport
from spaceport_runner.engines.engine import Engine, EngineError, Stats
from spaceport_runner.figures import Meter, machine_figures
from spaceport_runner.garbage import Leftovers
from spaceport_runner.loops import Loop
from spaceport_runner.plan import Phase
from spaceport_runner.roster import Roster, Tracked
from spaceport_runner.settings import RunnerSettings

MEASURE_EVERY_SECONDS = 2.0
#: Engines take their time for figures (Docker up to a second each): several are asked at once.
_ASKED_AT_ONCE = 4

log = structlog.get_logger()


class FiguresLoop:
    """Puts figures into the reports of living instances, and makes the runner's own report."""

    def __init__(
        self, settings: RunnerSettings, engine: Engine, leftovers: Callable[[], Leftovers] = Leftovers
    ) -> None:
        self._leftovers = leftovers
        self._settings = settings
        self._engine = engine
        self._meter = Meter()
        self._started_at = time.time()
        self._capabilities: Capabilities | None = None
        self._roster: Roster | None = None
        self._pool = ThreadPoolExecutor(_ASKED_AT_ONCE, thread_name_prefix="figures")
        self._loop = Loop("figures", self._step, MEASURE_EVERY_SECONDS)

    def start(self, roster: Roster) -> None:
        self._roster = roster
        self._loop.start()

    def stop(self) -> None:
        self._loop.stop(MEASURE_EVERY_SECONDS)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def runner_report(self) -> RunnerReport | None:
        """None until the engine has said what it can do."""
        if self._capabilities is None:
            return None
        figures, leftovers = machine_figures(self._settings.data_dir), self._leftovers()
        return RunnerReport(
            runner_id=self._settings.runner_id,
            capabilities=self._capabilities,
            started_at=self._started_at,
            reported_at=figures.reported_at,
            cpus=figures.cpus,
            cpu_percent=figures.cpu_percent,
            memory_bytes=figures.memory_bytes,
            memory_used_bytes=figures.memory_used_bytes,
            disk_free_bytes=figures.disk_free_bytes,
            builders=self._settings.builders,
            disk_bytes=figures.disk_bytes,
            images_bytes=leftovers.images_bytes,
            unneeded_bytes=leftovers.unneeded_bytes,
            abandoned_bytes=leftovers.abandoned_bytes,
        )

    def _step(self) -> None:
        if self._capabilities is None:
            self._ask_capabilities()
        if self._roster is None:
            return
        alive = [each for each in self._roster.all() if each.phase is Phase.UP and each.report is not None]
        self._meter.keep_only({each.instance_id for each in alive})
        for tracked, stats in zip(alive, self._pool.map(self._stats, alive), strict=True):
            if stats is not None:
                self._put(self._roster, tracked, stats)

    def _ask_capabilities(self) -> None:
        try:
            self._capabilities = self._engine.capabilities()
        except EngineError as error:
            log.warning("capabilities_not_known", error=str(error))

    def _stats(self, tracked: Tracked) -> Stats | None:
        try:
            return self._engine.stats(tracked.instance_id)
        except EngineError:
            # The engine view says in the log when the engine is away.
            return None

    def _put(self, roster: Roster, tracked: Tracked, stats: Stats) -> None:
        rates = self._meter.rates(tracked.instance_id, stats, time.monotonic())
        figures = {
            "cpu_percent": rates.cpu_percent,
            "memory_bytes": stats.memory_bytes,
            "received_bytes_per_second": rates.received_bytes_per_second,
            "sent_bytes_per_second": rates.sent_bytes_per_second,
        }
        roster.revise(tracked, lambda report: report.model_copy(update=figures))
