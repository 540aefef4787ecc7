"""Bodies of requests on their way to disk: nothing large is ever held in memory."""

import asyncio
import mmap
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from starlette.requests import Request

from spaceport.errors import BadRequest
from spaceport.repos.disk_room import with_room
from spaceport.settings import Settings

_BLOCK_BYTES = 1024**2
#: More digits than any body has bytes: Python refuses to read numbers of thousands of them.
_MAX_DIGITS = 18


@asynccontextmanager
async def spooled(
    request: Request, settings: Settings, folder: Path, max_bytes: int, advice: str = ""
) -> AsyncIterator[Path]:
    """
    The body as a file, gone when the block ends. ``advice`` says what to do about one that is too long.

    Raises: BadRequest when it is longer, before it is read where the client tells; NoRoom.
    """
    announced = announced_bytes(request)
    if announced is not None and announced > max_bytes:
        raise BadRequest(f"{announced:,} bytes are about to come: at most {max_bytes:,} are allowed{advice}")
    source = with_room(settings, folder, request.stream())
    path = folder / f"body-{secrets.token_hex(12)}"
    try:
        await _receive(source, path, max_bytes, advice)
        yield path
    finally:
        path.unlink(missing_ok=True)


def announced_bytes(request: Request) -> int | None:
    """How many bytes will come, where the client tells."""
    text = request.headers.get("content-length", "")
    if not (text.isascii() and text.isdigit()):
        return None
    return int(text) if len(text) <= _MAX_DIGITS else 10**_MAX_DIGITS


@contextmanager
def mapped(path: Path) -> Iterator[bytes | mmap.mmap]:
    """A file to be read in place, without a copy in memory."""
    with path.open("rb") as file:
        if not path.stat().st_size:
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield data


async def _receive(source: AsyncIterator[bytes], path: Path, max_bytes: int, advice: str) -> None:
    size, waiting = 0, bytearray()
    with path.open("xb") as file:
        async for chunk in source:
            size += len(chunk)
            if size > max_bytes:
                raise BadRequest(f"the body has more than the {max_bytes:,} bytes that are allowed{advice}")
            waiting += chunk
            if len(waiting) >= _BLOCK_BYTES:
                await asyncio.to_thread(file.write, bytes(waiting))
                waiting.clear()
        await asyncio.to_thread(file.write, bytes(waiting))
