"""Logs and history: what happens now, what happened before, and why something failed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from spaceport.domain.access import Action
from spaceport.domain.build import Build, BuildStatus
from spaceport.domain.diagnosis import Diagnosis, diagnose_start
from spaceport.domain.instance import Instance, Role
from spaceport.domain.push import Push
from spaceport.domain.release import Release
from spaceport.domain.space import Space
from spaceport.errors import NotFound
from spaceport.interfaces import LogLine, Transaction
from spaceport.live import Snapshot, snapshot_of
from spaceport.translating import gettext
from spaceport.web.context import Web
from spaceport.web.finding import find_build, find_space
from spaceport.web.log_lines import first_lines, last_lines, log_of
from spaceport.web.plain_text import plain
from spaceport.web.space_view import view_context
from spaceport.web.visitor import visitor_of

_HISTORY_ROWS = 20


@dataclass(frozen=True)
class BuildRow:
    """A build and the push it came from."""

    build: Build
    push: Push | None

    @property
    def took(self) -> timedelta | None:
        if self.build.started_at is None or self.build.finished_at is None:
            return None
        return self.build.finished_at - self.build.started_at


@dataclass(frozen=True)
class InstanceRow:
    """An instance and the release it ran."""

    instance: Instance
    release: Release | None

    @property
    def lived(self) -> timedelta | None:
        if self.instance.ready_at is None or self.instance.ended_at is None:
            return None
        return self.instance.ended_at - self.instance.ready_at

    @property
    def name(self) -> str:
        """``release 3, restart 1``."""
        number = (
            gettext("release %(number)s", number=self.release.number)
            if self.release
            else gettext("a release of before")
        )
        if not self.instance.restart:
            return number
        return gettext("%(release)s, restart %(number)s", release=number, number=self.instance.restart)


@dataclass(frozen=True)
class History:
    """The last builds and instances, newest first."""

    snapshot: Snapshot
    builds: list[BuildRow]
    instances: list[InstanceRow]

    @property
    def newest_build(self) -> Build | None:
        return self.builds[0].build if self.builds else None

    @property
    def newest_instance(self) -> Instance | None:
        running = [row.instance for row in self.instances if row.instance.role is not Role.GONE]
        newest = [row.instance for row in self.instances]
        return next(iter(running or newest), None)

    @property
    def failed_start(self) -> InstanceRow | None:
        """The newest run, where it failed after the newest build while an older one serves."""
        row = next(iter(self.instances), None)
        if row is None or not row.instance.has_failed or row.instance == self.newest_instance:
            return None
        build = self.newest_build
        return row if build is None or build.created_at <= row.instance.created_at else None

    def release_of(self, source: Build | Instance | None) -> Release | None:
        """Of an instance, the release it ran."""
        return next((row.release for row in self.instances if row.instance == source), None)


def make_router(web: Web) -> APIRouter:
    router = web.new_router()

    @router.get("/spaces/{owner}/{name}/logs", include_in_schema=False)
    def logs(request: Request, owner: str, name: str, show: str = "", of: str = "") -> Response:
        visitor = visitor_of(request)
        with web.services.database.read() as tx:
            space = find_space(tx, visitor.caller, owner, name, Action.LOGS)
            history = history_of(tx, space)
            show = show if show in ("build", "run") else more_telling(history)
            chosen = _find_source(tx, space, f"{'build' if show == 'build' else 'instance'}s", of) if of else None
        newest = history.newest_build if show == "build" else history.newest_instance
        source = chosen or newest
        lines = first_lines(web.services, space, source)
        failed = history.failed_start if chosen is None else None
        return web.renderer.page(
            request,
            visitor,
            "logs.html",
            tab="logs",
            history=history,
            show=show,
            source=source,
            is_chosen=chosen is not None and chosen != newest,
            lines=lines,
            failure=_failure(source, lines, history.release_of(source)),
            failed_start=_failed_start(web, space, failed) if failed else None,
            last_lines=last_lines(web.services, space, failed.instance) if failed else None,
            **view_context(history.snapshot, visitor.caller, web.services),
        )

    @router.get("/spaces/{owner}/{name}/builds/{build_id}", include_in_schema=False)
    def build(request: Request, owner: str, name: str, build_id: str) -> Response:
        visitor = visitor_of(request)
        with web.services.database.read() as tx:
            space = find_space(tx, visitor.caller, owner, name, Action.LOGS)
            found = find_build(tx, space, build_id)
            row, snapshot = BuildRow(found, tx.pushes.by_sha(space.id, found.sha)), snapshot_of(tx, space)
        context = view_context(snapshot, visitor.caller, web.services)
        lines = first_lines(web.services, space, found)
        return web.renderer.page(request, visitor, "build.html", tab="logs", row=row, lines=lines, **context)

    @router.get("/spaces/{owner}/{name}/instances/{instance_id}", include_in_schema=False)
    def instance(request: Request, owner: str, name: str, instance_id: str) -> Response:
        visitor = visitor_of(request)
        with web.services.database.read() as tx:
            space = find_space(tx, visitor.caller, owner, name, Action.LOGS)
            found = _find_instance(tx, space, instance_id)
            row, snapshot = InstanceRow(found, tx.releases.get(found.release_id)), snapshot_of(tx, space)
        context = view_context(snapshot, visitor.caller, web.services)
        lines = first_lines(web.services, space, found)
        failure = _failure(found, lines, row.release)
        return web.renderer.page(
            request, visitor, "instance.html", tab="logs", row=row, lines=lines, failure=failure, **context
        )

    @router.get("/spaces/{owner}/{name}/{kind}/{log_id}/log.txt", include_in_schema=False)
    def download(request: Request, owner: str, name: str, kind: str, log_id: str) -> StreamingResponse:
        visitor = visitor_of(request)
        with web.services.database.read() as tx:
            space = find_space(tx, visitor.caller, owner, name, Action.LOGS)
            source = _find_source(tx, space, kind, log_id)
        lines = log_of(web.services, space, source, None)
        file_name = f"{space.subdomain}-{kind.removesuffix('s')}-{log_id}.log"
        headers = {"Content-Disposition": f'attachment; filename="{file_name}"', "X-Content-Type-Options": "nosniff"}
        return StreamingResponse(_as_text(lines), media_type="text/plain; charset=utf-8", headers=headers)

    return router


def history_of(tx: Transaction, space: Space) -> History:
    builds = tx.builds.of_space(space.id, limit=_HISTORY_ROWS)
    instances = tx.instances.of_space(space.id, limit=_HISTORY_ROWS)
    pushes = tx.pushes.by_shas(space.id, {build.sha for build in builds})
    releases = {release.id: release for release in tx.releases.of_space(space.id, limit=_HISTORY_ROWS * 2)}
    return History(
        snapshot_of(tx, space),
        [BuildRow(build, pushes.get(build.sha)) for build in builds],
        [InstanceRow(instance, releases.get(instance.release_id)) for instance in instances],
    )


def more_telling(history: History) -> str:
    """The log people most likely come for."""
    build, instance = history.newest_build, history.newest_instance
    if instance is None or (build is not None and (build.is_active or build.created_at > instance.created_at)):
        return "build"
    return "run"


def _failure(source: Build | Instance | None, lines: list[LogLine], release: Release | None = None) -> Diagnosis | None:
    """
    Why it failed and what to try; None where nothing failed.

    Of an instance only the cause is kept. What to try is kept with a release that did not come up for the same cause;
    else the same rules over the same lines find it again.
    """
    if isinstance(source, Build):
        failed = source.status in (BuildStatus.FAILED, BuildStatus.CANCELLED) and source.reason
        return Diagnosis(source.reason or "", source.suggestion) if failed else None
    if source is None or source.reason is None or not source.has_failed:
        return None
    if release is not None and release.failure == source.reason and release.suggestion:
        return Diagnosis(source.reason, release.suggestion)
    found = diagnose_start([line.text for line in lines], source.exit_code, None)
    return Diagnosis(source.reason, found.suggestion if found.cause == source.reason else None)


def _failed_start(web: Web, space: Space, row: InstanceRow) -> Diagnosis | None:
    return _failure(row.instance, first_lines(web.services, space, row.instance), row.release)


def _find_source(tx: Transaction, space: Space, kind: str, log_id: str) -> Build | Instance:
    if kind == "builds":
        return find_build(tx, space, log_id)
    if kind == "instances":
        return _find_instance(tx, space, log_id)
    raise NotFound(f"no log of {kind}")


def _find_instance(tx: Transaction, space: Space, instance_id: str) -> Instance:
    instance = tx.instances.get(instance_id)
    if instance is None or instance.space_id != space.id:
        raise NotFound(f"no instance {instance_id} of {space.full_name}")
    return instance


def _as_text(lines: Iterator[LogLine]) -> Iterator[str]:
    block: list[str] = []
    for line in lines:
        block.append(f"{line.timestamp} {plain(line.text)}\n")
        if len(block) == 500:
            yield "".join(block)
            block.clear()
    yield "".join(block)
