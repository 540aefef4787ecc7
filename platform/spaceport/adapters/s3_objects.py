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

#: S3 takes at most 10,000 parts of an object; with these one may have 640 GB. Source: Amazon S3's user guide, multipart
#: upload limits.
_PART_BYTES = 64 * 1024**2
_PARTS_AT_ONCE = 4
_BLOCK_BYTES = 1024**2
#: Read by one request: it is over long before its time limit, however slowly somebody takes the bytes.
_READ_BYTES = 4 * 1024**2
#: Of one request, and of one with all its tries.
_TIMEOUT_SECONDS, _ALL_TRIES_SECONDS = 60, 120
#: The same where no large body is on the way.
_QUICK_TIMEOUT_SECONDS, _ALL_QUICK_TRIES_SECONDS = 5, 15


class S3Objects(StagedObjects):
    """
    ``interfaces.Objects`` in ``s3://bucket/prefix``; key, region and endpoint come from the usual ``AWS_`` variables.

    Bytes wait in ``staging`` on disk until they are checked: an object of S3 cannot be renamed, so it gets its name
    only when it is right.
    """

    def __init__(self, url: str, staging: Path, **options: Any) -> None:
        super().__init__(staging)
        parts = urlsplit(url)
        where: dict[str, Any] = {"prefix": parts.path.strip("/") or None, **options}
        self._store = S3Store(parts.netloc, **_patient(_TIMEOUT_SECONDS, _ALL_TRIES_SECONDS), **where)
        self._quick_store = S3Store(parts.netloc, **_patient(_QUICK_TIMEOUT_SECONDS, _ALL_QUICK_TRIES_SECONDS), **where)

    def size(self, sha256: str) -> int | None:
        try:
            with _translated(sha256):
                return int(obstore.head(self._quick_store, _key(sha256))["size"])
        except EntryNotFound:
            return None

    async def read(self, sha256: str, first: int = 0, last: int | None = None) -> AsyncIterator[bytes]:
        with _translated(sha256):
            if last is None or last < first:
                # S3 refuses ranges of nothing.
                found = await obstore.head_async(self._quick_store, _key(sha256))
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
                obstore.delete(self._quick_store, _key(sha256))
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
                        chunk_size=_PART_BYTES,
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


def _patient(seconds: int, all_tries_seconds: int) -> dict[str, Any]:
    return {
        "timeout": f"{seconds}s",
        "connect_timeout": f"{_QUICK_TIMEOUT_SECONDS}s",
        "retry_config": {"max_retries": 3, "retry_timeout": timedelta(seconds=all_tries_seconds)},
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
        raise Unavailable("the store of large files does not answer: try again in a minute") from error
