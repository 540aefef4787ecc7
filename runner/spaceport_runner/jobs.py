"""The functions RQ calls, each in a process of its own (the work-horse)."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from spaceport_runner.build_log import BuildLog
from spaceport_runner.connection import connect_briefly
from spaceport_runner.contract import BuildPhase, BuildReport, BuildRequest, Limits
from spaceport_runner.engines.choose import open_engine
from spaceport_runner.engines.engine import BuildFailed, BuildInput, BuiltImage, Engine, EngineUnavailable
from spaceport_runner.image_uses import ImageUses
from spaceport_runner.lease import BuildLease, Superseded
from spaceport_runner.reasons import build_deadline_passed, disk_full
from spaceport_runner.sealing import SealBroken
from spaceport_runner.secret_values import open_secrets
from spaceport_runner.settings import RunnerSettings
from spaceport_runner.source import SourceAddress, SourceError, fetched_source
from spaceport_runner.static_files import publish_static
from spaceport_runner.template import Template, load_templates
from spaceport_runner.watch import DeadlinePassed, watched

log = structlog.get_logger()


@dataclass(frozen=True)
class JobContext:
    """What jobs need besides their request. The engine is opened in the work-horse: its connections survive no fork."""

    settings: RunnerSettings
    open_engine: Callable[[RunnerSettings], Engine] = open_engine


@dataclass(frozen=True)
class Failure:
    """Why a build failed; ``reason`` only where it is certain, the rest is for the platform to find in the log."""

    message: str
    exit_code: int | None = None
    reason: str | None = None


#: RQ calls functions by name with what is in Redis and nothing else: the worker puts the rest here before it forks.
_context: JobContext | None = None


def prepare(context: JobContext) -> None:
    """Called once by the worker process, before it takes any job."""
    global _context
    _context = context


def build(request: dict[str, Any]) -> dict[str, Any]:
    """
    Build one commit: take the lease, fetch, build, report. The result for RQ is the last report.

    Never raises for a build that fails: the truth of a build is what is reported, RQ only carries it. A superseded
    attempt reports nothing.
    """
    if _context is None:
        raise RuntimeError("the worker did not prepare this process for jobs")
    asked = BuildRequest.model_validate(request)
    structlog.contextvars.bind_contextvars(build_id=asked.build_id, attempt=asked.attempt)
    redis = connect_briefly(_context.settings.redis_url)
    try:
        return _Attempt(_context, asked, BuildLease(redis, asked.build_id, asked.attempt)).run()
    except Superseded as error:
        log.info("build_superseded", reason=str(error))
        return {"state": "superseded"}
    finally:
        redis.close()


def failure_of(error: Exception, request: BuildRequest) -> Failure:
    """What an exception that ended a build means."""
    match error:
        case DeadlinePassed():
            reason = build_deadline_passed(request.deadline_seconds)
            return Failure(reason, reason=reason)
        case BuildFailed():
            message = str(error)
            # Without an exit code the engine itself judged; with one the cause is in the log.
            is_certain = error.exit_code is None or "out of memory" in message
            return Failure(message, exit_code=error.exit_code, reason=message if is_certain else None)
        case SourceError() | SealBroken():
            return Failure(str(error), reason=str(error))
        case EngineUnavailable():
            reason = f"the engine does not answer: {error}"
            return Failure(reason, reason=reason)
        case OSError():
            reason = f"the runner's machine failed: {error.strerror or error}"
            return Failure(reason, reason=reason)
    return Failure(f"Spaceport failed to build this: {type(error).__name__}: {error}")


class _Attempt:
    """One attempt at one build."""

    def __init__(self, context: JobContext, request: BuildRequest, lease: BuildLease) -> None:
        self._context = context
        self._settings = context.settings
        self._request = request
        self._lease = lease

    def run(self) -> dict[str, Any]:
        self._report_phase(BuildPhase.FETCHING)
        with BuildLog(self._settings, self._request) as build_log:
            report = self._build_and_judge(build_log)
        self._lease.report(report)
        log.info("build_ended", state=report.state, reason=report.reason)
        return report.model_dump(mode="json")

    def _build_and_judge(self, build_log: BuildLog) -> BuildReport:
        try:
            with watched(self._lease, self._request.deadline_seconds):
                self._check_disk()
                built = self._build(build_log)
                ImageUses(self._settings).mark(built.image, was_made=built.installed)
        except Superseded:
            raise
        except Exception as error:
            failure = failure_of(error, self._request)
            log.info("build_failed", message=failure.message, exc_info=failure.reason is None)
            build_log.write(f"[Spaceport] {failure.message}")
            return self._report("failed", exit_code=failure.exit_code, reason=failure.reason, tail=build_log.tail())
        return self._report(
            "succeeded", image=built.image, installed=built.installed, lock=built.lock, tail=build_log.tail()
        )

    def _check_disk(self) -> None:
        """Early and in plain words: a build that fills the disk would harm what runs, and fail late and strangely."""
        disk = shutil.disk_usage(self._settings.data_dir)
        if disk.free < self._settings.disk_reserve_bytes:
            raise BuildFailed(disk_full(disk.free, disk.total))

    def _build(self, build_log: BuildLog) -> BuiltImage:
        template = load_templates(self._settings.templates_dir).get(self._request.template)
        if template is None:
            raise BuildFailed(f"this runner has no template {self._request.template!r}")
        build_log.hide(open_secrets(self._settings, self._request.sealed_secrets).values())
        address = SourceAddress(self._request.source_url, self._request.source_token)
        with fetched_source(address, self._settings) as source:
            if not template.needs_instance:
                return self._publish(source)
            self._report_phase(BuildPhase.INSTALLING)
            return self._build_image(template, source, build_log)

    def _publish(self, source: Path) -> BuiltImage:
        self._report_phase(BuildPhase.PACKING)
        image = f"{self._request.space_id}/{self._request.sha}"
        publish_static(source, self._settings.data_dir, image)
        return BuiltImage(image=image, installed=False)

    def _build_image(self, template: Template, source: Path, build_log: BuildLog) -> BuiltImage:
        limits = Limits(memory_bytes=self._settings.build_memory_bytes, cpus=self._settings.build_cpus)
        engine = self._context.open_engine(self._settings)
        try:
            return engine.build(BuildInput(self._request, template, source, limits), build_log.write)
        finally:
            engine.close()

    def _report_phase(self, phase: BuildPhase) -> None:
        self._lease.report(self._report("running", phase=phase))

    def _report(self, state: str, **values: Any) -> BuildReport:
        return BuildReport(
            build_id=self._request.build_id,
            attempt=self._request.attempt,
            runner_id=self._settings.runner_id,
            state=state,
            **values,
        )
