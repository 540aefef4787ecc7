"""Starts one instance and waits until it answers."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from threading import BoundedSemaphore

import structlog

from spaceport_runner.build_log import TAIL_LINES, run_log_header
from spaceport_runner.contract import InstanceReport, InstanceSpec, InstanceState, run_log_path
from spaceport_runner.engines.engine import (
    Engine,
    EngineError,
    EngineUnavailable,
    ImageNotFound,
    Mounted,
    Observed,
    StartFailed,
)
from spaceport_runner.hub_answers import FetchCancelled
from spaceport_runner.image_uses import ImageUses
from spaceport_runner.listeners import Listener
from spaceport_runner.log_file import CappedLog, now_timestamp, tail_of_log
from spaceport_runner.mount_source import MountError
from spaceport_runner.mounts import Mounts
from spaceport_runner.plan import ended
from spaceport_runner.probe import NOTHING_SEEN, probe, wait_until_ready
from spaceport_runner.reasons import listens_so_far, never_ready
from spaceport_runner.roster import Roster, Tracked
from spaceport_runner.settings import RunnerSettings
from spaceport_runner.source import SourceAddress, SourceError, fetched_source
from spaceport_runner.template import Template, load_templates
from spaceport_runner.tree_copy import CopyCancelled
from spaceport_runner.volume_preparation import prepare_volume
from spaceport_runner.volumes import VolumeError

#: Starts that may fetch and unpack at the same time; waiting for an app to answer does not count.
STARTS_AT_ONCE = 4
#: Seconds an adopted instance has to answer where nobody says how long.
ADOPTED_TIMEOUT_SECONDS = 300
#: Seconds between two tries while the engine does not answer.
_ENGINE_PAUSE_SECONDS = 1.0
#: Seconds between two looks at whether a waiting start is still wanted, and for the address of a new instance.
_LOOK_SECONDS = 0.05
#: Seconds between two looks at where an app listens that does not answer yet.
ELSEWHERE_SECONDS = 20.0

#: What ends a start that has words for it.
_START_ERRORS = (
    *(SourceError, ImageNotFound, StartFailed, VolumeError, MountError, EngineUnavailable),
    *(ValueError, OSError),
)

log = structlog.get_logger()


class BringUp:
    """What happens to an instance from "should run" to "answers". Each call runs in a thread of its own."""

    def __init__(
        self, settings: RunnerSettings, engine: Engine, roster: Roster, mounts: Mounts, changed: Callable[[], None]
    ) -> None:
        self._settings = settings
        self._engine = engine
        self._roster = roster
        self._mounts = mounts
        self._changed = changed
        self._uses = ImageUses(settings)
        self._places = BoundedSemaphore(STARTS_AT_ONCE)

    def start(self, tracked: Tracked, spec: InstanceSpec) -> None:
        """Fetch the commit, have the engine start it, wait until it answers."""
        try:
            with CappedLog(self._log_path(spec.space_id, spec.instance_id), self._settings.log_limit_bytes) as run_log:
                run_log.write(now_timestamp(), run_log_header(spec))
                mounted = self._prepare(tracked, spec, run_log)
            with self._place(tracked):
                self._tell_engine(tracked, spec, mounted)
            self._roster.started(tracked)
            self._uses.mark(spec.image)
        except (FetchCancelled, CopyCancelled):
            return
        except _START_ERRORS as error:
            self._fail(tracked, _words(error), image_missing=isinstance(error, ImageNotFound))
            return
        finally:
            tracked.settled.set()
        self._await_ready(tracked, spec.app_port, spec.start_timeout_seconds)

    def keep_log(self, tracked: Tracked) -> None:
        """Have the engine follow the log of a living instance, should it have stopped; costs nothing if it has not."""
        report = tracked.report
        if report is None:
            return
        try:
            self._engine.follow_logs(tracked.instance_id, self._log_path(report.space_id, report.instance_id))
        except EngineError as error:
            log.warning("log_not_followed", instance_id=tracked.instance_id, error=str(error))

    def adopt(self, tracked: Tracked, observed: Observed, needs_probe: bool) -> None:
        """Take over logs and, where nobody knows yet, readiness of an instance that was running before this agent."""
        self.keep_log(tracked)
        if needs_probe:
            timeout = tracked.spec.start_timeout_seconds if tracked.spec else ADOPTED_TIMEOUT_SECONDS
            self._await_ready(tracked, observed.app_port, timeout)

    def tail(self, report: InstanceReport) -> tuple[str, ...]:
        """The last lines of an instance's log, without their times."""
        try:
            lines = tail_of_log(self._log_path(report.space_id, report.instance_id), TAIL_LINES)
        except OSError:
            return ()
        return tuple(line.partition(" ")[2] for line in lines)

    def _prepare(self, tracked: Tracked, spec: InstanceSpec, run_log: CappedLog) -> tuple[Mounted, ...]:
        """
        What it mounts, and its volume. Outside the places for starts: both may take minutes, and a Space that wakes
        needs none.

        What takes long is reported with a deadline of its own; the app's time to start begins behind it.
        """

        def tell(text: str) -> None:
            run_log.write(now_timestamp(), f"[Spaceport] {text}")

        def step(words: str, seconds: float) -> None:
            self._tell_phase(tracked, words, seconds)

        mounted = self._mounts.prepare(spec, tell, tracked.cancelled, step)
        if spec.volume_bytes:
            tracked.volume_at_start = prepare_volume(
                self._settings.data_dir, spec, tell, tracked.cancelled.is_set, step
            )
        if tracked.report is not None and tracked.report.phase:
            over = {"phase": None, "phase_until": None, "prepared_at": time.time()}
            self._roster.revise(tracked, lambda report: report.model_copy(update=over))
        return mounted

    def _tell_phase(self, tracked: Tracked, words: str, seconds: float) -> None:
        phase = {"phase": words, "phase_until": time.time() + seconds}
        self._roster.revise(tracked, lambda report: report.model_copy(update=phase))

    @contextmanager
    def _place(self, tracked: Tracked) -> Iterator[None]:
        while not self._places.acquire(timeout=_LOOK_SECONDS):
            if tracked.cancelled.is_set():
                raise FetchCancelled
        try:
            yield
        finally:
            self._places.release()

    def _tell_engine(self, tracked: Tracked, spec: InstanceSpec, mounted: Sequence[Mounted]) -> None:
        """Raises EngineUnavailable only after trying for as long as the instance has to start."""
        template = load_templates(self._settings.templates_dir).get(spec.template)
        if template is None:
            raise ValueError(f"this runner has no template {spec.template!r}")
        log_path = self._log_path(spec.space_id, spec.instance_id)
        with self._source(tracked, spec, template) as source:
            tries_until = time.monotonic() + spec.start_timeout_seconds
            while not tracked.cancelled.is_set():
                try:
                    return self._engine.start(spec, template, source, log_path, mounted)
                except EngineUnavailable:
                    if time.monotonic() >= tries_until:
                        raise
                tracked.cancelled.wait(_ENGINE_PAUSE_SECONDS)
        raise FetchCancelled

    def _source(self, tracked: Tracked, spec: InstanceSpec, template: Template) -> AbstractContextManager[Path]:
        # An image made from a Dockerfile holds the code already.
        if template.needs_dockerfile:
            return nullcontext(template.path)
        return fetched_source(SourceAddress(spec.source_url, spec.source_token), self._settings, tracked.cancelled)

    def _await_ready(self, tracked: Tracked, app_port: int, timeout_seconds: float) -> None:
        keep_going = self._until_it_answers(tracked, app_port)
        result = wait_until_ready(lambda: self._address(tracked), keep_going, timeout_seconds)
        if result.is_ready:
            self._roster.revise(tracked, _ready)
        elif _is_starting(tracked) and tracked.report is not None:
            tail, listeners = self.tail(tracked.report), self._listeners(tracked)
            reason = never_ready(app_port, timeout_seconds, result.seen, tail, tracked.report.port, listeners)
            self._fail(tracked, reason)
            # The plan halts what lives and has failed.
            self._changed()

    def _until_it_answers(self, tracked: Tracked, app_port: int) -> Callable[[], bool]:
        """Whether it is still to be waited for; now and then it is said where it listens so far, if elsewhere."""
        look_at = time.monotonic() + ELSEWHERE_SECONDS

        def keep_going() -> bool:
            nonlocal look_at
            if time.monotonic() >= look_at:
                self._tell_elsewhere(tracked, app_port)
                look_at = time.monotonic() + ELSEWHERE_SECONDS
            return _is_starting(tracked)

        return keep_going

    def _tell_elsewhere(self, tracked: Tracked, app_port: int) -> None:
        target, report = self._address(tracked), tracked.report
        if report is None or target is None:
            return
        is_unheard = probe(*target).seen == NOTHING_SEEN.seen
        elsewhere = listens_so_far(self._listeners(tracked), app_port, report.port) if is_unheard else None
        if elsewhere != report.reason and _is_starting(tracked):
            self._roster.revise(tracked, lambda old: old.model_copy(update={"reason": elsewhere}))

    def _listeners(self, tracked: Tracked) -> tuple[Listener, ...]:
        """Where an instance listens that nobody could reach; nothing where its engine cannot look."""
        try:
            return self._engine.listeners(tracked.instance_id)
        except EngineError as error:
            log.info("listeners_not_seen", instance_id=tracked.instance_id, error=str(error))
            return ()

    def _address(self, tracked: Tracked) -> tuple[str, int] | None:
        """Where the instance answers; asked of the engine until it is known."""
        report = tracked.report
        if report is None:
            return None
        if report.host is None or report.port is None:
            try:
                observed = self._engine.inspect(tracked.instance_id)
            except EngineUnavailable:
                return None
            if observed is None or not observed.is_alive or observed.host is None or observed.port is None:
                return None
            self._roster.revise(tracked, lambda old: _with_address(old, observed))
            return observed.host, observed.port
        return report.host, report.port

    def _fail(self, tracked: Tracked, reason: str, image_missing: bool = False) -> None:
        tail = () if tracked.report is None else self.tail(tracked.report)
        log.info("instance_failed", instance_id=tracked.instance_id, reason=reason)
        self._roster.revise(
            tracked, lambda old: ended(old, InstanceState.FAILED, reason, tail, image_missing=image_missing)
        )

    def _log_path(self, space_id: str, instance_id: str) -> Path:
        return run_log_path(self._settings.data_dir, space_id, instance_id)


def _is_starting(tracked: Tracked) -> bool:
    report = tracked.report
    return not tracked.cancelled.is_set() and report is not None and report.state is InstanceState.STARTING


def _ready(report: InstanceReport) -> InstanceReport:
    ready = {"state": InstanceState.READY, "ready_at": report.ready_at or time.time(), "reason": None}
    return report.model_copy(update=ready)


def _with_address(report: InstanceReport, observed: Observed) -> InstanceReport:
    started_at = report.started_at or observed.started_at
    return report.model_copy(update={"host": observed.host, "port": observed.port, "started_at": started_at})


def _words(error: Exception) -> str:
    match error:
        case ImageNotFound():
            return f"its image is gone, build the Space again ({error})"
        case EngineUnavailable():
            return f"the engine does not answer: {error}"
        case OSError():
            return f"the runner's machine failed: {error.strerror or error}"
    return str(error)
