"""
A log with an upper size, as lines of ``<RFC 3339 time in UTC, milliseconds> <text>``.

Standard library only and importable as a lone file: it also runs inside the process that watches a sandboxed instance.
"""

import os
import re
import time
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

#: Bytes kept of one line; the rest of it is left out and counted.
LINE_LIMIT_BYTES = 16 * 1024
#: Share of the limit that the head may take, and each of the two pieces of the tail.
HEAD_SHARE = 2 / 8
TAIL_SHARE = 3 / 8

#: Lines that are about the log, not of it: ours and those of ``run_log``.
_NOTE = re.compile(rb"^\S+ \[Spaceport\] \d+ lines \(\d+ (bytes\) of this log|characters\)) were left out")
_LEFT_OUT = re.compile(rb"^\S+ \[Spaceport\] (\d+) lines \((\d+) bytes\) of this log were left out")


def now_timestamp() -> str:
    """The present as a log line begins: ``2026-01-31T12:00:00.123Z``."""
    return timestamp_of(time.time())


def timestamp_of(seconds: float) -> str:
    """Seconds since the epoch as a log line begins."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


class CappedLog:
    """
    Appends lines to ``path`` and never keeps more than about ``limit_bytes`` of them.

    The first quarter is kept for good (``path.head``): it tells how the app started. After it the newest lines are
    kept, in ``path`` and ``path.1``: a full ``path`` becomes ``path.1``, and from the moment that anything is lost that
    way each new ``path`` begins with a line that says how much. A reader that follows ``path`` needs to know one thing:
    when it gets smaller, start it over. Opening it again after a crash continues where the last whole line ends.
    One writer at a time; not for several threads.
    """

    def __init__(self, path: Path, limit_bytes: int) -> None:
        self._path = path
        self._head_bytes = int(limit_bytes * HEAD_SHARE)
        self._tail_bytes = int(limit_bytes * TAIL_SHARE)
        self._limit_bytes = limit_bytes
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lost_lines, self._lost_bytes = _left_out(path)
        self._has_head = _head(path).exists()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self._size_bytes = _drop_half_line(self._file)

    def write(self, timestamp: str, text: str) -> None:
        """Append one line; ``timestamp`` as ``now_timestamp`` gives it, ``text`` without a newline."""
        line = f"{timestamp} ".encode() + _one_line(text) + b"\n"
        if self._size_bytes and self._size_bytes + len(line) > self._piece_bytes():
            self._turn(timestamp)
        self._append(line)

    def last_written(self) -> tuple[str, int] | None:
        """The time of the last line and how many lines at the end have that time; None for an empty log."""
        last: bytes | None = None
        count = 0
        for part in reversed(log_parts(self._path)):
            for line in _lines_backwards(part):
                time_of_line = line.split(b" ", 1)[0]
                if last is not None and time_of_line != last:
                    return last.decode(), count
                if not _NOTE.match(line):
                    last = time_of_line
                    count += 1
        return None if last is None else (last.decode(), count)

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> "CappedLog":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _piece_bytes(self) -> int:
        return self._tail_bytes if self._has_head else self._head_bytes

    def _append(self, line: bytes) -> None:
        os.write(self._file, line)
        self._size_bytes += len(line)

    def _turn(self, timestamp: str) -> None:
        """Put the full file aside and begin a new one."""
        if self._has_head:
            self._count_lost(_older(self._path))
            self._path.replace(_older(self._path))
        else:
            self._path.rename(_head(self._path))
            self._has_head = True
        os.close(self._file)
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self._size_bytes = 0
        if self._lost_lines:
            self._append(f"{timestamp} {self._left_out_text()}\n".encode())

    def _left_out_text(self) -> str:
        return (
            f"[Spaceport] {self._lost_lines} lines ({self._lost_bytes} bytes) of this log were left out "
            f"after its first {self._head_bytes} bytes: a log is kept under {self._limit_bytes} bytes"
        )

    def _count_lost(self, older: Path) -> None:
        if not older.exists():
            return
        with older.open("rb") as file:
            for line in file:
                if not _LEFT_OUT.match(line):
                    self._lost_lines += 1
                    self._lost_bytes += len(line)


def log_parts(path: Path) -> list[Path]:
    """The files that together are the log at ``path``, oldest lines first."""
    return [part for part in (_head(path), _older(path), path) if part.exists()]


def tail_of_log(path: Path, count: int) -> list[str]:
    """The last ``count`` lines of a log, oldest first, with their times."""
    lines: deque[str] = deque()
    for part in reversed(log_parts(path)):
        for line in _lines_backwards(part):
            if len(lines) == count:
                return list(lines)
            lines.appendleft(line.decode(errors="replace"))
    return list(lines)


def remove_log(path: Path) -> None:
    """Remove all files of a log; one that is not there is fine."""
    for part in log_parts(path):
        part.unlink(missing_ok=True)


def _head(path: Path) -> Path:
    return path.with_name(path.name + ".head")


def _older(path: Path) -> Path:
    return path.with_name(path.name + ".1")


def _one_line(text: str) -> bytes:
    encoded = text.replace("\n", " ").encode(errors="replace")
    if len(encoded) <= LINE_LIMIT_BYTES:
        return encoded
    kept = encoded[:LINE_LIMIT_BYTES].decode(errors="ignore").encode()
    return kept + f" [Spaceport: {len(encoded) - len(kept)} bytes of this line left out]".encode()


def _left_out(path: Path) -> tuple[int, int]:
    """Lines and bytes lost so far, as the newest piece says."""
    for part in (path, _older(path)):
        if part.exists():
            with part.open("rb") as file:
                if found := _LEFT_OUT.match(file.readline()):
                    return int(found[1]), int(found[2])
    return 0, 0


def _drop_half_line(file: int) -> int:
    """Cut what a crash left of a line, place the file at its end and return its size."""
    size = os.fstat(file).st_size
    block = 64 * 1024
    keep = end = size
    while end > 0:
        begin = max(0, end - block)
        newline = os.pread(file, end - begin, begin).rfind(b"\n")
        keep = begin + newline + 1
        if newline >= 0:
            break
        end = begin
    if keep != size:
        os.ftruncate(file, keep)
    os.lseek(file, keep, os.SEEK_SET)
    return keep


def _lines_backwards(path: Path) -> Iterator[bytes]:
    """Whole lines of a file, last one first, without their newlines."""
    block = 64 * 1024
    with path.open("rb") as file:
        position = file.seek(0, os.SEEK_END)
        rest = b""
        while position > 0:
            begin = max(0, position - block)
            file.seek(begin)
            rest = file.read(position - begin) + rest
            position = begin
            first, *lines = rest.split(b"\n")
            rest = first
            yield from (line for line in reversed(lines) if line)
        if rest:
            yield rest
