"""Build and run logs as server-sent events, in the form the Hub's clients read."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from spaceport.api.errors import ERROR_RESPONSES
from spaceport.api.release_log import ReleaseLog, release_lines, release_log_of, set_when_over
from spaceport.domain.access import Action, require
from spaceport.domain.account import Caller
from spaceport.domain.instance import Role
from spaceport.domain.space import Desired, Space
from spaceport.errors import BuildNotFound, NotFound, SpaceNotFound
from spaceport.event_stream import PING, event_stream
from spaceport.identity import caller_of
from spaceport.interfaces import LogLine, Transaction
from spaceport.live import Live
from spaceport.renames import named
from spaceport.services import Services
from spaceport_runner.contract import build_log_path, run_log_path

#: Lines that wait to be sent to a slow reader before reading stops.
_WAITING_LINES = 2000
#: Lines that begin otherwise than ``data: {`` are ignored by the Hub's clients; ours closes at this event.
_END = "event: end\ndata: over\n\n"


@dataclass(frozen=True)
class LogSource:
    """A log: ``id`` is that of the build or instance that writes it."""

    space_id: str
    kind: str
    id: str
    path: Path
    is_over: bool


def make_router(services: Services, live: Live | None = None) -> APIRouter:
    """``live`` is shared with the pages, so that a process watches events once."""
    router = APIRouter(responses=ERROR_RESPONSES)
    watcher = live or Live(services)

    def stream(request: Request, source: LogSource | ReleaseLog | None, tail: int | None) -> StreamingResponse:
        if isinstance(source, ReleaseLog):
            chunks = _as_events(release_lines(services, watcher, source, tail))
        else:
            chunks = _empty() if source is None else _log_events(services, watcher, source, tail)
        return event_stream(chunks)

    @router.get("/api/spaces/{owner}/{name}/logs/build")
    async def build_log(
        request: Request,
        owner: str,
        name: str,
        build: str | None = None,
        tail: Annotated[int | None, Query(ge=0)] = None,
    ) -> StreamingResponse:
        """The log of the newest build, or of the one asked for; ends when the build does."""
        find = _BuildLog(services, build)
        return stream(request, await run_in_threadpool(_find, services, request, owner, name, find), tail)

    @router.get("/api/spaces/{owner}/{name}/logs/run")
    async def run_log(
        request: Request,
        owner: str,
        name: str,
        instance: str | None = None,
        tail: Annotated[int | None, Query(ge=0)] = None,
    ) -> StreamingResponse:
        """The log of the newest release with all its restarts, or that of the one instance asked for."""
        find = _RunLog(services, instance)
        return stream(request, await run_in_threadpool(_find, services, request, owner, name, find), tail)

    return router


def _find(
    services: Services,
    request: Request,
    owner: str,
    name: str,
    find: Callable[[Transaction, Space], LogSource | ReleaseLog | None],
) -> LogSource | ReleaseLog | None:
    """
    The log, if there is one yet.

    Raises: SpaceNotFound, NotAuthenticated, AccessDenied, BuildNotFound, NotFound.
    """
    caller: Caller = caller_of(request)
    with services.database.read() as tx:
        space = named(tx, caller, owner, name)
        if space is None or space.desired is Desired.DELETED:
            raise SpaceNotFound(f"no Space {owner}/{name}")
        require(caller, Action.LOGS, space)
        return find(tx, space)


class _BuildLog:
    """Finds the log of a build: the newest one when no id is given."""

    def __init__(self, services: Services, build_id: str | None) -> None:
        self._services = services
        self._build_id = build_id

    def __call__(self, tx: Transaction, space: Space) -> LogSource | None:
        if self._build_id is None:
            build = next(iter(tx.builds.of_space(space.id, limit=1)), None)
        else:
            build = tx.builds.get(self._build_id)
            if build is None or build.space_id != space.id:
                raise BuildNotFound(f"no build {self._build_id} of {space.full_name}")
        if build is None:
            return None
        path = build_log_path(self._services.settings.data_dir, build.id)
        return LogSource(space.id, "build", build.id, path, not build.is_active)


class _RunLog:
    """Finds the log of an instance; that of the newest release when no id is given."""

    def __init__(self, services: Services, instance_id: str | None) -> None:
        self._services = services
        self._instance_id = instance_id

    def __call__(self, tx: Transaction, space: Space) -> LogSource | ReleaseLog | None:
        if self._instance_id is None:
            return release_log_of(tx, space.id)
        instance = tx.instances.get(self._instance_id)
        if instance is None or instance.space_id != space.id:
            raise NotFound(f"no instance {self._instance_id} of {space.full_name}")
        path = run_log_path(self._services.settings.data_dir, space.id, instance.id)
        return LogSource(space.id, "run", instance.id, path, instance.role is Role.GONE)


async def _empty() -> AsyncIterator[str]:
    yield _END


async def _log_events(services: Services, live: Live, source: LogSource, tail: int | None) -> AsyncIterator[str]:
    """
    All lines from the first one on, so that a client that connects again can skip as many as it showed.

    Source: hub-api.md section 10.4.
    """
    ending = asyncio.Event()
    watch = (
        None
        if source.is_over
        else asyncio.create_task(set_when_over(live, source.space_id, partial(_is_over, services, source), ending))
    )
    if watch is None:
        ending.set()
    try:
        async for chunk in _as_events(services.logs.follow(source.path, ending.is_set, tail)):
            yield chunk
    finally:
        if watch is not None:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)


async def _as_events(lines: AsyncIterator[LogLine | None]) -> AsyncIterator[str]:
    async for batch in _batches(lines):
        text = "".join(_event(line) for line in batch if line is not None)
        yield text or PING
    yield _END


def _is_over(services: Services, source: LogSource) -> bool:
    with services.database.read() as tx:
        if source.kind == "build":
            build = tx.builds.get(source.id)
            return build is None or not build.is_active
        instance = tx.instances.get(source.id)
        return instance is None or instance.role is Role.GONE


def _event(line: LogLine) -> str:
    data = {"data": f"{line.text}\n", "timestamp": line.timestamp}
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"


async def _batches(lines: AsyncIterator[LogLine | None]) -> AsyncIterator[list[LogLine | None]]:
    """Lines in lists of as many as are there already: one write for a burst, no delay for a single line."""
    waiting: list[LogLine | None] = []
    has_lines, has_room = asyncio.Event(), asyncio.Event()

    async def pump() -> None:
        try:
            async for line in lines:
                waiting.append(line)
                has_lines.set()
                if len(waiting) >= _WAITING_LINES:
                    has_room.clear()
                    await has_room.wait()
        finally:
            has_lines.set()

    task = asyncio.create_task(pump())
    try:
        while waiting or not task.done():
            await has_lines.wait()
            has_lines.clear()
            batch = waiting[:]
            waiting.clear()
            has_room.set()
            if batch:
                yield batch
            elif task.done():
                break
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
