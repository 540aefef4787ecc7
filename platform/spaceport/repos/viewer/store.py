"""
What the viewer has found out, on disk: a folder for each split of each commit, so that nothing in it ever gets old.

    viewer/<repo>/<commit>/<split>/  files/  assets/  about.json  answer-<question>.json

A new commit is a new folder. What was not asked for longest goes when all takes more than its budget.
"""

import hashlib
import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import structlog

from spaceport.errors import Unavailable
from spaceport.repos.viewer.process import open_plain

log = structlog.get_logger()
#: Part of each name, so that a new way of reading asks again.
_VERSION = 1
#: Between two looks at how much it is.
_TRIM_SECONDS = 60.0
#: What a killed hub left half done.
_STALE_SECONDS = 3600
_BLOCK_BYTES = 4096
_MAX_BYTES = 64 * 1024**2


class Store:
    """Names are made of hashes: no text of a user is ever a path."""

    def __init__(self, data_dir: Path, budget_bytes: int) -> None:
        self.root = data_dir.resolve() / "viewer"
        self._budget_bytes = budget_bytes
        self._lock = threading.Lock()
        self._trimmed_at = 0.0

    def folder(self, repo_id: str, sha: str, *split: str) -> Path:
        return self.root / repo_id / sha / _name(*split)

    @contextmanager
    def scratch(self, repo_id: str) -> Iterator[Path]:
        """An empty folder on the same disk, gone afterwards."""
        above = self.root / repo_id
        above.mkdir(parents=True, exist_ok=True)
        path = Path(tempfile.mkdtemp(prefix="scratch-", dir=above))
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def require_room(self, free_bytes: int) -> None:
        """Raises: Unavailable when the disk is nearly full: pushes need what is left more."""
        self.root.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self.root).free < free_bytes:
            raise Unavailable("the hub's disk is nearly full: rows are read again when there is room")

    def keep(self, made: Path, folder: Path) -> None:
        """A folder that is complete gets its name; another complete one that had it already stays. Raises: OSError."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            made.rename(folder)
        except OSError:
            # What has the name may be the rest of a folder that a killed hub was clearing away.
            if self.read(folder, "about") is None or not (folder / "files").is_dir():
                self.drop(folder)
                made.rename(folder)

    def drop(self, folder: Path) -> None:
        """Gone in one step for all who look: nobody ever finds a part of it."""
        with suppress(OSError), self.scratch(folder.parent.parent.name) as scratch:
            folder.rename(scratch / "dropped")

    def read(self, folder: Path, *question: str) -> dict[str, Any] | None:
        """What was written, and note that somebody asked for it."""
        try:
            with os.fdopen(open_plain(folder / f"{_name(*question)}.json"), "rb") as file:
                values: dict[str, Any] = json.loads(file.read(_MAX_BYTES))
            os.utime(folder)
        except (OSError, ValueError):
            return None
        return values

    def write(self, folder: Path, values: dict[str, Any], *question: str) -> None:
        """The folder is made where it is not there. Raises: OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        self._write(folder, values, *question)

    def add(self, folder: Path, values: dict[str, Any], *question: str) -> None:
        """To a folder that is there; one that was cleared away meanwhile stays so. Raises: OSError."""
        with suppress(FileNotFoundError):
            self._write(folder, values, *question)

    def _write(self, folder: Path, values: dict[str, Any], *question: str) -> None:
        descriptor, temporary = tempfile.mkstemp(prefix="incoming-", dir=folder)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(values, file)
        Path(temporary).rename(folder / f"{_name(*question)}.json")
        self.trim()

    def trim(self) -> None:
        """Keep to the budget; looks only now and then."""
        with self._lock:
            if time.monotonic() - self._trimmed_at < _TRIM_SECONDS:
                return
            self._trimmed_at = time.monotonic()
        for folder in folders_to_drop(self._folders(), self._budget_bytes):
            self.drop(folder)

    def forget_others(self, repo_ids: set[str], older_than_seconds: float = _STALE_SECONDS) -> None:
        """Of repos that are gone, and what a killed hub left half done; what is young may be of a repo just made."""
        oldest = time.time() - older_than_seconds
        gone = [of_repo for of_repo in self.root.glob("*") if of_repo.name not in repo_ids]
        for folder in (*gone, *self.root.glob("*/scratch-*")):
            with suppress(OSError):
                if folder.stat().st_mtime < oldest:
                    shutil.rmtree(folder, ignore_errors=True)

    def _folders(self) -> list[tuple[Path, float, int]]:
        found = []
        for folder in self.root.glob("*/*/*"):
            with suppress(OSError):
                if not folder.parent.name.startswith("scratch-"):
                    found.append((folder, folder.stat().st_mtime, _size(folder)))
        return found


def folders_to_drop(folders: Sequence[tuple[Path, float, int]], budget_bytes: int) -> list[Path]:
    """Those that were not asked for longest, until the rest fits. Each is a path, a time, and bytes."""
    total = sum(size for _, _, size in folders)
    dropped = []
    for path, _, size in sorted(folders, key=lambda each: each[1]):
        if total <= budget_bytes:
            break
        dropped.append(path)
        total -= size
    return dropped


def _size(folder: Path) -> int:
    """Without large files that are there anyway, under another name; nothing is smaller than a block."""
    total = 0
    for path, _, names in os.walk(folder):
        total += _BLOCK_BYTES
        for name in names:
            with suppress(OSError):
                status = os.lstat(os.path.join(path, name))
                total += max(status.st_size, _BLOCK_BYTES) if status.st_nlink == 1 else _BLOCK_BYTES
    return total


def _name(*parts: str) -> str:
    text = json.dumps([_VERSION, *parts])
    return hashlib.sha256(text.encode()).hexdigest()[:32]
