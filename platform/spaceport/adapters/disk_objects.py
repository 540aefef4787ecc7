"""Large files on this machine's disk."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from spaceport.adapters.staging import StagedObjects
from spaceport.domain.blob import StoredBlob, is_sha256
from spaceport.errors import EntryNotFound
from spaceport.to_its_end import to_its_end

#: Read at a time.
_BLOCK_BYTES = 1024**2


class DiskObjects(StagedObjects):
    """``interfaces.Objects`` in a folder: ``ab/cd/abcd...``, and ``incoming`` for what has no name yet."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "incoming")
        self._folder = folder

    def size(self, sha256: str) -> int | None:
        try:
            return self._path(sha256).stat().st_size
        except FileNotFoundError:
            return None

    async def read(self, sha256: str, first: int = 0, last: int | None = None) -> AsyncIterator[bytes]:
        file = await to_its_end(lambda: self.open_file(sha256), undo=lambda opened: opened.close())
        with file:
            file.seek(first)
            left = None if last is None else last - first + 1
            while left is None or left > 0:
                block = await asyncio.to_thread(file.read, _BLOCK_BYTES if left is None else min(left, _BLOCK_BYTES))
                if not block:
                    return
                left = None if left is None else left - len(block)
                yield block

    def open_file(self, sha256: str) -> BinaryIO:
        try:
            return self._path(sha256).open("rb", buffering=0)
        except FileNotFoundError as error:
            raise EntryNotFound(f"the large file {sha256} is not stored here") from error

    def remove(self, sha256: str) -> None:
        self._path(sha256).unlink(missing_ok=True)

    def all(self) -> Iterator[tuple[StoredBlob, datetime]]:
        for path in self._folder.glob("??/??/*"):
            if is_sha256(path.name):
                status = path.stat()
                yield StoredBlob(path.name, status.st_size), datetime.fromtimestamp(status.st_mtime, UTC)

    def _keep(self, path: Path, stored: StoredBlob) -> None:
        final = self._path(stored.sha256)
        final.parent.mkdir(parents=True, exist_ok=True)
        # Nobody writes to it any more, and it is as old as its name, not as its first bytes.
        path.chmod(0o440)
        os.utime(path)
        path.replace(final)
        # A name that a power cut takes back would leave a row of the database without its bytes.
        for folder in (final.parent, final.parent.parent, self._folder):
            _sync_folder(folder)

    def _path(self, sha256: str) -> Path:
        if not is_sha256(sha256):
            raise ValueError(f"not a SHA-256: {sha256[:70]!r}")
        return self._folder / sha256[:2] / sha256[2:4] / sha256


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
