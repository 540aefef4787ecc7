"""Bodies of requests on their way to disk: nothing large is ever held in memory."""

import asyncio
import mmap
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from starlette.requests import Request

from spaceport.errors import BadRequest

_BLOCK_BYTES = 1024**2


@asynccontextmanager
async def spooled(request: Request, folder: Path, max_bytes: int, advice: str = "") -> AsyncIterator[Path]:
    """
    The body as a file, gone when the block ends. ``advice`` says what to do about one that is too long.

    Raises: BadRequest when it is longer, before it is read where the client tells.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > max_bytes:
        raise BadRequest(f"{int(announced):,} bytes are about to come: at most {max_bytes:,} are allowed{advice}")
    path = folder / f"body-{secrets.token_hex(12)}"
    try:
        await _receive(request, path, max_bytes, advice)
        yield path
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def mapped(path: Path) -> Iterator[bytes | mmap.mmap]:
    """A file to be read in place, without a copy in memory."""
    with path.open("rb") as file:
        if not path.stat().st_size:
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield data


async def _receive(request: Request, path: Path, max_bytes: int, advice: str) -> None:
    size, waiting = 0, bytearray()
    with path.open("xb") as file:
        async for chunk in request.stream():
            size += len(chunk)
            if size > max_bytes:
                raise BadRequest(f"the body has more than the {max_bytes:,} bytes that are allowed{advice}")
            waiting += chunk
            if len(waiting) >= _BLOCK_BYTES:
                await asyncio.to_thread(file.write, bytes(waiting))
                waiting.clear()
        await asyncio.to_thread(file.write, bytes(waiting))
