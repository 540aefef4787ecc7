"""The store of large files as the steps need it; the real ones, on disk and in S3, are in ``adapters``."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from spaceport.domain.blob import StoredBlob


class Objects(Protocol):
    """
    Bytes named by their SHA-256. What has a name is whole and right: it was checked before it got the name.

    Nothing here knows of repos or rights. Memory does not depend on sizes. Raises: Unavailable when the store does not
    answer; ValueError for a name that is no SHA-256.
    """

    async def put(
        self, source: AsyncIterator[bytes], expected_sha256: str | None = None, expected_size: int | None = None
    ) -> StoredBlob:
        """
        Take in all bytes of a stream; doing it twice is fine.

        Raises: BadRequest when they are not what was expected; nothing is kept then.
        """
        ...

    def adopt(self, path: Path, expected_sha256: str | None = None, expected_size: int | None = None) -> StoredBlob:
        """
        The same with a file from ``staging``, which is gone afterwards, but for a BadRequest: then it stays.

        Reads the whole file: call it from a thread.
        """
        ...

    @property
    def staging(self) -> Path:
        """A folder on this machine's disk for files that come in pieces; from here ``adopt`` costs no copy."""
        ...

    def size(self, sha256: str) -> int | None:
        """In bytes; None when it is not there."""
        ...

    def read(self, sha256: str, first: int = 0, last: int | None = None) -> AsyncIterator[bytes]:
        """
        Bytes ``first`` to ``last``, both counted.

        Raises: EntryNotFound with the first step when it is not there.
        """
        ...

    def open_file(self, sha256: str) -> BinaryIO:
        """For builds, which read in a thread. Raises: EntryNotFound."""
        ...

    def remove(self, sha256: str) -> None:
        """One that is not there is fine."""
        ...

    def clear_staging(self, older_than_seconds: float) -> int:
        """Remove what waits in ``staging`` and was not written to for that long; returns how many."""
        ...

    def all(self) -> Iterator[tuple[StoredBlob, datetime]]:
        """Everything, and since when it is there."""
        ...
