"""
The CAS that Xet clients upload to: xorbs, then shards. Below ``/api``, so that no repo can have its address.

Whether somebody else has sent the same is told to nobody: the answers do not depend on it, and there is no global
deduplication to ask.

Source: hub-api.md section 7.5.
"""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import structlog
from anyio import CancelScope
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from spaceport.errors import BadRequest, NotFound, SpaceportError, Unavailable
from spaceport.repos.spool import mapped, spooled
from spaceport.repos.xet.generation import renew_generation
from spaceport.repos.xet.hashes import from_url_form
from spaceport.repos.xet.intake import Progress, ShardIntake
from spaceport.repos.xet.library import XorbMissing, xet_folder
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
#: Free disk below which no xorb is taken.
_FREE_BYTES = 1024**3
#: Longer than this nothing is said; clients wait for two minutes.
_SILENCE_SECONDS = 10.0


def make_cas_router(services: Services) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    _add_questions(router)
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
        _open(services, request)
        from_url_form(name)
        files = XorbFiles(xet_folder(services))
        if shutil.disk_usage(files.incoming).free < _FREE_BYTES:
            raise BadRequest("the hub's disk has no room for more files: ask the admin")
        async with spooled(request, files.incoming, MAX_XORB_BYTES + _XORB_OVERHEAD_BYTES) as path:
            await run_in_threadpool(files.add, path, name)
        return {"was_inserted": True}


def _add_shards(router: APIRouter, services: Services) -> None:
    @router.post(f"{_BASE}/v1/shards")
    @router.post(f"{_BASE}/shards")
    async def take_shard(generation: str, request: Request) -> dict[str, int]:
        token = _open(services, request)
        async with spooled(request, _incoming(services), MAX_SHARD_BYTES) as path:
            with mapped(path) as data:
                intake = ShardIntake(services, token, await run_in_threadpool(Shard, data))
                try:
                    await run_in_threadpool(lambda: sum(1 for _ in intake.take()))
                except XorbMissing:
                    renew_generation(xet_folder(services), generation)
                    raise
        return {"result": 1}

    @router.post(f"{_BASE}/v2/shards")
    async def take_shard_and_tell(generation: str, request: Request) -> Response:
        """Making a large file takes longer than proxies wait in silence. What is no shard at all is a plain 400."""
        token = _open(services, request)
        async with AsyncExitStack() as stack:
            path = await stack.enter_async_context(spooled(request, _incoming(services), MAX_SHARD_BYTES))
            data = stack.enter_context(mapped(path))
            intake = ShardIntake(services, token, await run_in_threadpool(Shard, data))
            lines = _tell(services, generation, intake, stack.pop_all())
        return StreamingResponse(lines, media_type="application/x-ndjson")


async def _tell(services: Services, generation: str, intake: ShardIntake, stack: AsyncExitStack) -> AsyncIterator[str]:
    """The status is sent already, so that what goes wrong from here on is a line of its own."""
    async with stack:
        try:
            async for progress in _with_signs_of_life(intake.take()):
                yield _line("validating", verified=progress.done, total=progress.total)
            yield _line("committing", stage="syncing")
            yield _line("result", result=1)
        except SpaceportError as error:
            if isinstance(error, XorbMissing):
                renew_generation(xet_folder(services), generation)
            yield _line("error", message=str(error), retryable=isinstance(error, Unavailable))
        except Exception:
            log.exception("a shard could not be taken")
            yield _line("error", message="Internal error: this is a fault of Spaceport, and it has been logged")


async def _with_signs_of_life(steps: Iterator[Progress]) -> AsyncIterator[Progress]:
    """Steps that take long (hashing a huge file, sending it to S3) repeat the one before in the meantime."""
    last: Progress | None = Progress(0, 0)
    while last is not None:
        step = asyncio.ensure_future(asyncio.to_thread(next, steps, None))
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


def _incoming(services: Services) -> Path:
    return XorbFiles(xet_folder(services)).incoming


def _open(services: Services, request: Request) -> XetToken:
    """Raises: NotAuthenticated, AccessDenied."""
    now = services.clock.now().timestamp()
    return unseal(request.headers.get("authorization"), services.internal_secret, now, Right.WRITE)
