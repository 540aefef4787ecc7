"""Where bytes wait on disk until they are checked: written, hashed and synced without holding up other requests."""

import asyncio
import hashlib
import os
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from pathlib import Path

from spaceport.block_writer import BlockWriter
from spaceport.domain.blob import StoredBlob
from spaceport.errors import BadRequest


class Staging:
    """Files under names that nobody reads; what a killed process leaves is cleared away after a day."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def receive(
        self, source: AsyncIterator[bytes], expected_sha256: str | None, expected_size: int | None
    ) -> tuple[Path, StoredBlob]:
        """
        Write a stream to a new file.

        Raises: BadRequest when the bytes are not what was expected; whatever the stream raises. No file is left then.
        """
        path = self.folder / f"put-{secrets.token_hex(12)}"
        digest, size = hashlib.sha256(), 0
        try:
            with path.open("xb", buffering=0) as file:

                def write(block: bytes) -> None:
                    digest.update(block)
                    view = memoryview(block)
                    while view:
                        view = view[file.write(view) :]

                writer = BlockWriter(write)
                try:
                    async for chunk in source:
                        size += len(chunk)
                        if expected_size is not None and size > expected_size:
                            raise BadRequest(f"more than the {expected_size:,} bytes that were announced")
                        await writer.feed(chunk)
                    await writer.finish()
                finally:
                    await writer.settle()
                stored = check(digest.hexdigest(), size, expected_sha256, expected_size)
                await asyncio.to_thread(os.fsync, file.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path, stored

    def examine(self, path: Path, expected_sha256: str | None, expected_size: int | None) -> StoredBlob:
        """Hash and sync a file of this folder. Raises: BadRequest, as ``receive``; ValueError for another folder."""
        if path.parent != self.folder:
            raise ValueError(f"{path.name} is not in the staging folder")
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if expected_size is not None and size != expected_size:
                raise BadRequest(f"{size:,} bytes arrived, {expected_size:,} were announced")
            digest = hashlib.file_digest(file, "sha256")
            os.fsync(file.fileno())
        return check(digest.hexdigest(), size, expected_sha256, expected_size)

    def clear(self, older_than_seconds: float) -> int:
        """Remove what nobody has written to for that long; returns how many."""
        oldest, removed = time.time() - older_than_seconds, 0
        for path in self.folder.iterdir():
            if path.is_file() and path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)
                removed += 1
        return removed


class StagedObjects(ABC):
    """The half of ``interfaces.Objects`` that takes bytes in: they are checked on disk before they get their name."""

    def __init__(self, staging: Path) -> None:
        self._staging = Staging(staging)

    @property
    def staging(self) -> Path:
        return self._staging.folder

    async def put(
        self, source: AsyncIterator[bytes], expected_sha256: str | None = None, expected_size: int | None = None
    ) -> StoredBlob:
        path, stored = await self._staging.receive(source, expected_sha256, expected_size)
        await asyncio.to_thread(self._keep, path, stored)
        return stored

    def adopt(self, path: Path, expected_sha256: str | None = None, expected_size: int | None = None) -> StoredBlob:
        stored = self._staging.examine(path, expected_sha256, expected_size)
        self._keep(path, stored)
        return stored

    def clear_staging(self, older_than_seconds: float) -> int:
        return self._staging.clear(older_than_seconds)

    @abstractmethod
    def _keep(self, path: Path, stored: StoredBlob) -> None:
        """Give a checked file of the staging folder its name; it is gone from there afterwards."""


def check(sha256: str, size: int, expected_sha256: str | None, expected_size: int | None) -> StoredBlob:
    """Raises: BadRequest, with what arrived and what was announced."""
    if expected_size is not None and size != expected_size:
        raise BadRequest(f"{size:,} bytes arrived, {expected_size:,} were announced")
    if expected_sha256 is not None and sha256 != expected_sha256:
        raise BadRequest(f"the bytes have the SHA-256 {sha256}, announced was {expected_sha256}: send them again")
    return StoredBlob(sha256, size)
