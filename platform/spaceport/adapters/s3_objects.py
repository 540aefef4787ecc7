"""Large files in a bucket of S3, or of anything that speaks its protocol."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from spaceport.adapters.staging import StagedObjects
from spaceport.domain.blob import StoredBlob, is_sha256
from spaceport.errors import EntryNotFound, Unavailable

if TYPE_CHECKING:
    from obstore import ReadableFile

#: Sent by one request. The limit of time is that of a part, so that a slow bucket may take as long as it likes for the
#: whole as long as parts arrive.
_PART_BYTES = 8 * 1024**2
#: S3 takes 10,000 parts of an object. Source: Amazon S3's user guide, multipart upload limits.
_MOST_PARTS = 9_000
_PARTS_AT_ONCE = 4
_BLOCK_BYTES = 1024**2
#: Read by one request: it is over long before its time limit, however slowly somebody takes the bytes.
_READ_BYTES = 4 * 1024**2
#: To reach the bucket at all: one that is gone is known at once, however long the answers of a slow one are waited for.
_CONNECT_SECONDS = 5
_TRIES = 3


class S3Objects(StagedObjects):
    """
    ``interfaces.Objects`` in ``s3://bucket/prefix``; key, region and endpoint come from the usual ``AWS_`` variables.

    Bytes wait in ``staging`` on disk until they are checked: an object of S3 cannot be renamed, so it gets its name
    only when it is right. ``wait_seconds`` is how long one request may take, all of which are small; it is tried again
    as long as that time is not over since it was made first.
    """

    def __init__(self, url: str, staging: Path, wait_seconds: int = 60, **options: Any) -> None:
        super().__init__(staging)
        parts = urlsplit(url)
        where: dict[str, Any] = {"prefix": parts.path.strip("/") or None, **options}
        self._store = S3Store(parts.netloc, **_patient(wait_seconds), **where)

    def size(self, sha256: str) -> int | None:
        try:
            with _translated(sha256):
                return int(obstore.head(self._store, _key(sha256))["size"])
        except EntryNotFound:
            return None

    async def read(self, sha256: str, first: int = 0, last: int | None = None) -> AsyncIterator[bytes]:
        with _translated(sha256):
            if last is None or last < first:
                # S3 refuses ranges of nothing.
                found = await obstore.head_async(self._store, _key(sha256))
                last = int(found["size"]) - 1 if last is None else last
            async for block in self._ranges(_key(sha256), first, last):
                yield block

    async def _ranges(self, key: str, first: int, last: int) -> AsyncIterator[bytes]:
        """One is on its way while the one before goes out."""
        waiting: list[asyncio.Task[bytes]] = []
        try:
            for start in range(first, last + 1, _READ_BYTES):
                waiting.append(asyncio.create_task(self._range(key, start, min(start + _READ_BYTES, last + 1))))
                if len(waiting) > 1:
                    yield await waiting.pop(0)
            for task in waiting:
                yield await task
        finally:
            for task in waiting:
                task.cancel()

    async def _range(self, key: str, start: int, end: int) -> bytes:
        return bytes(await obstore.get_range_async(self._store, key, start=start, end=end))

    def open_file(self, sha256: str) -> BinaryIO:
        with _translated(sha256):
            reader = obstore.open_reader(self._store, _key(sha256), buffer_size=8 * _BLOCK_BYTES)
        return io.BufferedReader(_Opened(reader))

    def remove(self, sha256: str) -> None:
        try:
            with _translated(sha256):
                obstore.delete(self._store, _key(sha256))
        except EntryNotFound:
            return

    def all(self) -> Iterator[tuple[StoredBlob, datetime]]:
        with _translated("the list of objects"):
            for batch in obstore.list(self._store):
                for found in batch:
                    name = found["path"].rpartition("/")[2]
                    if is_sha256(name):
                        yield StoredBlob(name, found["size"]), found["last_modified"]

    def _keep(self, path: Path, stored: StoredBlob) -> None:
        try:
            if self.size(stored.sha256) != stored.size_bytes:
                with _translated(stored.sha256):
                    obstore.put(
                        self._store,
                        _key(stored.sha256),
                        path,
                        chunk_size=part_bytes(stored.size_bytes),
                        max_concurrency=_PARTS_AT_ONCE,
                    )
        finally:
            path.unlink(missing_ok=True)


class _Opened(io.RawIOBase):
    """An object of the bucket with the methods of a file."""

    def __init__(self, reader: "ReadableFile") -> None:
        self._reader = reader

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return int(self._reader.seek(offset, whence))

    def tell(self) -> int:
        return int(self._reader.tell())

    def readinto(self, buffer: Any) -> int:
        block = bytes(self._reader.read(len(buffer)))
        buffer[: len(block)] = block
        return len(block)


def part_bytes(size_bytes: int) -> int:
    """How much of an object of this size one request sends."""
    return max(_PART_BYTES, -(-size_bytes // _MOST_PARTS))


def _patient(seconds: int) -> dict[str, Any]:
    return {
        "timeout": f"{seconds}s",
        "connect_timeout": f"{min(seconds, _CONNECT_SECONDS)}s",
        "retry_config": {"max_retries": _TRIES, "retry_timeout": timedelta(seconds=seconds)},
    }


def _key(sha256: str) -> str:
    if not is_sha256(sha256):
        raise ValueError(f"not a SHA-256: {sha256[:70]!r}")
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


@contextmanager
def _translated(sha256: str) -> Iterator[None]:
    try:
        yield
    except (NotFoundError, FileNotFoundError) as error:
        raise EntryNotFound(f"the large file {sha256} is not stored here") from error
    except BaseError as error:
        raise Unavailable(
            "the store of large files does not answer: try again in a minute; if it is only slow, the admin can let "
            "the hub wait longer for it (SPACEPORT_OBJECTS_WAIT_SECONDS)"
        ) from error
