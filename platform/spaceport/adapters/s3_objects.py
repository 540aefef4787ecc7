"""Large files in a bucket of S3, or of anything that speaks its protocol."""

import io
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime
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


class S3Objects(StagedObjects):
    """
    ``interfaces.Objects`` in ``s3://bucket/prefix``; key, region and endpoint come from the usual ``AWS_`` variables.

    Bytes wait in ``staging`` on disk until they are checked: an object of S3 cannot be renamed, so it gets its name
    only when it is right.
    """

    def __init__(self, url: str, staging: Path, **options: Any) -> None:
        super().__init__(staging)
        parts = urlsplit(url)
        self._store = S3Store(parts.netloc, prefix=parts.path.strip("/") or None, **options)

    def size(self, sha256: str) -> int | None:
        try:
            with _translated(sha256):
                return int(obstore.head(self._store, _key(sha256))["size"])
        except EntryNotFound:
            return None

    async def read(self, sha256: str, first: int = 0, last: int | None = None) -> AsyncIterator[bytes]:
        with _translated(sha256):
            # S3 refuses ranges of nothing, so an empty file is asked for whole.
            wanted: Any = {"range": (first, last + 1)} if last is not None and last >= first else {}
            if last is None and first:
                wanted = {"range": {"offset": first}}
            found = await obstore.get_async(self._store, _key(sha256), options=wanted or None)
            async for block in found.stream(min_chunk_size=_BLOCK_BYTES):
                yield bytes(block)

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
