"""What went wrong in Spaceport itself: errors of all processes that share a data folder, kept in one small file."""

import contextlib
import json
import os
from collections.abc import Iterable, Iterator, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

#: A file of this size becomes the older one, and what that held is forgotten.
_MAX_BYTES = 2 * 1024**2
#: Of one error; writing that much in one piece leaves lines of other processes whole.
_MAX_LINE_BYTES = 4000
_KEPT_LEVELS = frozenset({"error", "critical"})
_OWN_KEYS = frozenset({"event", "level", "timestamp", "process", "exception"})


@dataclass(frozen=True)
class Trouble:
    """``what`` is one line, ``about`` names what it was about, ``details`` is where in the code, when that is known."""

    at: datetime
    process: str
    what: str
    about: str
    details: str


class TroubleFile:
    """A processor of structlog, behind the one that writes exceptions as text: it keeps errors and changes nothing."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir.resolve()
        self._path = trouble_path(self._data_dir)

    def __call__(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        # The folder itself is made by who knows who may read it.
        if event.get("level") in _KEPT_LEVELS and self._data_dir.is_dir():
            # A full disk, perhaps: the log itself tells of it, and must not fail for it.
            with contextlib.suppress(OSError, ValueError):
                self._write(event)
        return event

    def _write(self, event: MutableMapping[str, Any]) -> None:
        about = ", ".join(f"{name}={value}" for name, value in event.items() if name not in _OWN_KEYS)
        told = {
            "at": str(event.get("timestamp", "")),
            "process": str(event.get("process", "")),
            "what": str(event.get("event", ""))[:500],
            "about": about[:500],
            # The end of it tells what it was.
            "details": str(event.get("exception", ""))[-2000:],
        }
        line = json.dumps(told)
        if len(line) >= _MAX_LINE_BYTES:
            line = json.dumps(told | {"details": ""})
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if self._path.exists() and self._path.stat().st_size > _MAX_BYTES:
            self._path.replace(_older(self._path))
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, f"{line}\n".encode())
        finally:
            os.close(handle)


def trouble_path(data_dir: Path) -> Path:
    return data_dir / "logs" / "platform" / "errors.jsonl"


def read_trouble(data_dir: Path, limit: int) -> list[Trouble]:
    """Newest first; a line that a killed process left half is passed over."""
    found = _read(trouble_path(data_dir))
    if len(found) < limit:
        found = (*_read(_older(trouble_path(data_dir))), *found)
    return list(found[::-1][:limit])


def _older(path: Path) -> Path:
    return path.with_suffix(".1.jsonl")


def _read(path: Path) -> tuple[Trouble, ...]:
    try:
        seen = path.stat()
        return _read_as_of(path, (seen.st_ino, seen.st_mtime_ns, seen.st_size))
    except OSError:
        return ()


@lru_cache(maxsize=2)
def _read_as_of(path: Path, _state: tuple[int, int, int]) -> tuple[Trouble, ...]:
    """The overview looks every few seconds at files that seldom change. Raises: OSError."""
    return tuple(_troubles_in(path.read_text(errors="replace").splitlines()))


def _troubles_in(lines: Iterable[str]) -> Iterator[Trouble]:
    for line in lines:
        try:
            told = json.loads(line)
            yield Trouble(
                datetime.fromisoformat(told["at"]), told["process"], told["what"], told["about"], told["details"]
            )
        except (ValueError, KeyError, TypeError):
            continue
