"""What becomes of a build, written down: from a runner's report to its row, a release, and the history."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from spaceport.build_history import record_build
from spaceport.builds.planner import BuildPlan
from spaceport.builds.requests import app_file_of, app_port_of
from spaceport.deployments import configured, deploy
from spaceport.domain.build import Build, BuildStatus
from spaceport.domain.diagnosis import diagnose_build
from spaceport.domain.names import new_id
from spaceport.domain.push import Push
from spaceport.domain.release import Release, ReleaseKind
from spaceport.domain.space import Space
from spaceport.interfaces import Clock, Transaction
from spaceport.settings import Settings
from spaceport_runner.contract import BuildReport
from spaceport_runner.template import Template, template_for

log = structlog.get_logger()


class Outcomes:
    """Each call writes one transaction's worth; whoever calls has made sure that the build is active."""

    def __init__(self, settings: Settings, clock: Clock, templates: Mapping[str, Template]) -> None:
        self._settings = settings
        self._clock = clock
        self._templates = templates

    def take(self, tx: Transaction, build: Build, report: BuildReport) -> None:
        """What the runner of the current attempt reports."""
        if report.state == "running":
            self._mark_running(tx, build, report)
        elif report.state == "succeeded":
            self._succeed(tx, build, report)
        else:
            diagnosis = diagnose_build(report.tail, report.exit_code, report.reason)
            self.fail(tx, build, diagnosis.cause, diagnosis.suggestion)

    def fail(self, tx: Transaction, build: Build, reason: str, suggestion: str | None = None) -> None:
        now = self._clock.now()
        tx.builds.update(
            build.id,
            status=BuildStatus.FAILED,
            finished_at=now,
            phase=None,
            reason=reason,
            suggestion=suggestion,
        )
        tx.spaces.update(build.space_id, build_failure=reason, suggestion=suggestion)
        record_build(tx, build, now, f"failed: {reason}", status="failed", reason=reason, suggestion=suggestion)
        log.info("build failed", build=build.id, reason=reason)

    def _mark_running(self, tx: Transaction, build: Build, report: BuildReport) -> None:
        changes: dict[str, object] = {"phase": report.phase, "runner_id": report.runner_id}
        if build.status is not BuildStatus.RUNNING:
            now = self._clock.now()
            deadline = now + timedelta(seconds=self._settings.build_deadline_seconds)
            changes |= {"status": BuildStatus.RUNNING, "deadline_at": deadline, "started_at": now}
            record_build(tx, build, now, "started", status="running")
        tx.builds.update(build.id, **changes)

    def _succeed(self, tx: Transaction, build: Build, report: BuildReport) -> None:
        now = self._clock.now()
        space, push = tx.spaces.get(build.space_id), tx.pushes.by_sha(build.space_id, build.sha)
        template = template_for(self._templates, str(push.card.get("sdk"))) if push else None
        if push is not None and template is None:
            self.fail(tx, build, no_template(push))
            return
        seconds = (now - (build.started_at or now)).total_seconds()
        tx.builds.update(
            build.id,
            status=BuildStatus.SUCCEEDED,
            finished_at=now,
            started_at=build.started_at or now,
            phase=None,
            image=report.image,
            installed=report.installed,
            runner_id=report.runner_id,
        )
        record_build(tx, build, now, f"succeeded in {seconds:.1f} s", status="succeeded", seconds=seconds)
        if space is None or push is None or template is None or report.image is None:
            return
        release = _release(tx, build, push, template, report, now)
        deploy(tx, space, configured(tx, space, release), now)
        log.info("build succeeded", space=space.full_name, build=build.id, installed=report.installed)


def record_plan(tx: Transaction, space: Space, push: Push, plan: BuildPlan, now: datetime) -> None:
    """The new build and those whose place it takes."""
    for build in plan.supersede:
        tx.builds.update(build.id, status=BuildStatus.SUPERSEDED, finished_at=now, reason="a newer push took its place")
        record_build(tx, build, now, "superseded by a newer one", status="superseded")
    if plan.create:
        tx.builds.add(plan.create)
        tx.spaces.update(space.id, build_failure=None, start_failure=None, suggestion=None)
        record_build(tx, plan.create, now, f"queued: {plan.create.trigger}", status="queued")
    if space.planned_push_id != push.id or space.rebuild_requested:
        tx.spaces.update(space.id, planned_push_id=push.id, rebuild_requested=None, rebuild_by=None)


def record_unbuildable(tx: Transaction, space: Space, push: Push, why: str) -> None:
    """The push waits for another one: nothing here can build it."""
    changes = {"planned_push_id": push.id, "rebuild_requested": None, "rebuild_by": None}
    tx.spaces.update(space.id, build_failure=why, suggestion=None, **changes)


def no_template(push: Push) -> str:
    """Why a push cannot be built that was fine at the door."""
    return f"this Spaceport has no template for sdk: {push.card.get('sdk')} any more: ask the admin"


def _release(
    tx: Transaction, build: Build, push: Push, template: Template, report: BuildReport, now: datetime
) -> Release:
    return Release(
        id=new_id(),
        space_id=build.space_id,
        build_id=build.id,
        number=tx.releases.next_number(build.space_id),
        sha=build.sha,
        sdk=template.sdk,
        template=template.name,
        image=report.image or "",
        runner_id=report.runner_id,
        app_file=app_file_of(push, template),
        app_port=app_port_of(push, template),
        created_at=now,
        kind=_kind(build),
        created_by=build.requested_by or push.pushed_by,
        message=push.message,
        deps_hash=build.deps_hash,
        lock=report.lock,
        card=push.card,
        build_seconds=(now - (build.started_at or now)).total_seconds(),
    )


def _kind(build: Build) -> ReleaseKind:
    if build.no_cache:
        return ReleaseKind.FACTORY
    return ReleaseKind.PUSH if build.trigger.startswith("push") else ReleaseKind.REBUILD
