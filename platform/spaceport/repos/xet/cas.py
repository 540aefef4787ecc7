"""
The CAS of Xet clients: they send xorbs, then shards; ``reading`` is what they get. Below ``/api``, so that no repo can
have its address.

Whether somebody else has sent the same is told to nobody: the answers do not depend on it, and there is no global
deduplication to ask.

Source: hub-api.md section 7.5.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

import structlog
from anyio import CancelScope, CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from spaceport.errors import AccessDenied, BadRequest, NoRoom, NotFound, SpaceportError, Unavailable
from spaceport.repos.disk_room import check_uncommitted
from spaceport.repos.spool import announced_bytes, mapped, spooled
from spaceport.repos.xet.generation import renew_generation
from spaceport.repos.xet.hashes import from_url_form
from spaceport.repos.xet.intake import Progress, ShardIntake
from spaceport.repos.xet.library import XorbMissing, xet_folder
from spaceport.repos.xet.reading import add_reading
from spaceport.repos.xet.shard import MAX_SHARD_BYTES, Shard
from spaceport.repos.xet.token import Right, XetToken, unseal
from spaceport.repos.xet.xorb import MAX_XORB_BYTES
from spaceport.repos.xet.xorb_files import XorbFiles
from spaceport.services import Services

log = structlog.get_logger()
CAS_PATH = "/api/xet"
#: Addresses without a version are those of hf_xet 1.2 to 1.5 (seen).
_BASE = f"{CAS_PATH}/{{generation}}"
#: Headers of chunks, and the footer that clients may send behind them.
_XORB_OVERHEAD_BYTES = 1024**2
#: So far beyond what a user may leave uncommitted xorbs are taken: the shard that follows is refused in words, while
#: clients show nobody what is said of a xorb.
_XORB_SLACK_BYTES = 1024**3
#: Shards, of all clients together, that are made into files at a time: hashing leaves the threads of others alone.
_SHARDS_AT_ONCE = 4
#: Longer than this nothing is said; clients wait for two minutes.
_SILENCE_SECONDS = 10.0


def make_cas_router(services: Services) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    _add_questions(router)
    add_reading(router, services, CAS_PATH)
    _add_xorbs(router, services)
    _add_shards(router, services)

    @router.post("/v1/telemetry")
    def telemetry() -> Response:
        """Clients leave out the path of the CAS here. Nothing is kept."""
        return Response(status_code=204)

    return router


def _add_questions(router: APIRouter) -> None:
    @router.get(f"{_BASE}/v1/chunks/{{namespace}}/{{name}}")
    @router.get(f"{_BASE}/chunks/{{namespace}}/{{name}}")
    def known_chunk(generation: str, namespace: str, name: str) -> Response:
        raise NotFound("this hub tells nobody which chunks others have sent: send yours")

    @router.post(f"{_BASE}/v1/xorb-grants/{{namespace}}/{{name}}")
    def grant(generation: str, namespace: str, name: str) -> Response:
        raise NotFound("xorbs are sent to this address itself")


def _add_xorbs(router: APIRouter, services: Services) -> None:
    @router.post(f"{_BASE}/v1/xorbs/{{namespace}}/{{name}}")
    @router.post(f"{_BASE}/xorbs/{{namespace}}/{{name}}")
    async def take_xorb(generation: str, namespace: str, name: str, request: Request) -> dict[str, bool]:
        token = _open(services, request)
        from_url_form(name)
        files = XorbFiles(xet_folder(services))
        with _told_at_once():
            beyond = (announced_bytes(request) or 1) - _XORB_SLACK_BYTES
            await run_in_threadpool(check_uncommitted, services, token.user_id, beyond)
            limit = MAX_XORB_BYTES + _XORB_OVERHEAD_BYTES
            async with spooled(request, services.settings, files.incoming, limit) as path:
                await run_in_threadpool(_keep_xorb, services, files, path, name, token)
        return {"was_inserted": True}


def _keep_xorb(services: Services, files: XorbFiles, path: Path, name: str, token: XetToken) -> None:
    files.add(path, name)
    with services.database.begin() as tx:
        tx.xorbs.note_sent(name, token.user_id, path.stat().st_size)


def _add_shards(router: APIRouter, services: Services) -> None:
    limiter = CapacityLimiter(_SHARDS_AT_ONCE)

    @router.post(f"{_BASE}/v1/shards")
    @router.post(f"{_BASE}/shards")
    async def take_shard(generation: str, request: Request) -> dict[str, int]:
        token = _open(services, request)
        with _told_at_once():
            async with spooled(request, services.settings, _incoming(services), MAX_SHARD_BYTES) as path:
                await run_sync(_take_all, services, token, path, generation, limiter=limiter)
        return {"result": 1}

    @router.post(f"{_BASE}/v2/shards")
    async def take_shard_and_tell(generation: str, request: Request) -> Response:
        """Making a large file takes longer than proxies wait in silence. What is no shard at all is a plain 400."""
        token = _open(services, request)
        async with AsyncExitStack() as stack:
            stack.enter_context(_told_at_once())
            body = spooled(request, services.settings, _incoming(services), MAX_SHARD_BYTES)
            path = await stack.enter_async_context(body)
            data = stack.enter_context(mapped(path))
            intake = ShardIntake(services, token, await run_sync(Shard, data, limiter=limiter))
            lines = _tell(services, generation, intake, limiter, stack.pop_all())
        return StreamingResponse(lines, media_type="application/x-ndjson")


def _take_all(services: Services, token: XetToken, path: Path, generation: str) -> None:
    with mapped(path) as data:
        try:
            for _ in ShardIntake(services, token, Shard(data)).take():
                pass
        except XorbMissing:
            renew_generation(xet_folder(services), generation)
            raise


async def _tell(
    services: Services, generation: str, intake: ShardIntake, limiter: CapacityLimiter, stack: AsyncExitStack
) -> AsyncIterator[str]:
    """The status is sent already, so that what goes wrong from here on is a line of its own."""
    async with stack:
        try:
            async for progress in _with_signs_of_life(intake.take(), limiter):
                yield _line("validating", verified=progress.done, total=progress.total)
            yield _line("committing", stage="syncing")
            yield _line("result", result=1)
        except SpaceportError as error:
            if isinstance(error, XorbMissing):
                renew_generation(xet_folder(services), generation)
            yield _line("error", message=str(error), retryable=isinstance(error, Unavailable))
        except Exception:
            # The request ends here, and nobody above can answer any more.
            log.exception("a shard could not be taken")
            yield _line("error", message="Internal error: this is a fault of Spaceport, and it has been logged")


async def _with_signs_of_life(steps: Iterator[Progress], limiter: CapacityLimiter) -> AsyncIterator[Progress]:
    """Steps that take long (hashing a huge file, sending it to S3) repeat the one before in the meantime."""
    last: Progress | None = Progress(0, 0)
    while last is not None:
        step = asyncio.ensure_future(run_sync(next, steps, None, limiter=limiter))
        try:
            while not (await asyncio.wait({step}, timeout=_SILENCE_SECONDS))[0]:
                yield last
        finally:
            # Who asked may be gone: the step ends before the files that it reads and writes are taken away.
            with CancelScope(shield=True):
                await asyncio.wait({step})
        last = step.result()
        if last is not None:
            yield last


def _line(kind: str, **fields: Any) -> str:
    return json.dumps({"type": kind, **fields}) + "\n"


@contextmanager
def _told_at_once() -> Iterator[None]:
    """Clients of Xet repeat whatever fails with 5xx, and show nothing but what a 400 to a shard says (seen)."""
    try:
        yield
    except (NoRoom, AccessDenied) as error:
        raise BadRequest(str(error)) from error


def _incoming(services: Services) -> Path:
    return XorbFiles(xet_folder(services)).incoming


def _open(services: Services, request: Request) -> XetToken:
    """Raises: NotAuthenticated, AccessDenied."""
    now = services.clock.now().timestamp()
    return unseal(request.headers.get("authorization"), services.internal_secret, now, Right.WRITE)
