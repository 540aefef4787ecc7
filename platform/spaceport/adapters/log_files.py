"""Logs as files: reads and follows what ``spaceport_runner.log_file.CappedLog`` writes."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from spaceport.interfaces import LogLine
from spaceport.to_its_end import to_its_end
from spaceport_runner.log_file import log_parts

#: Read at a time; also the longest line that is waited for.
_BLOCK_BYTES = 256 * 1024
#: More than this is read in a thread, so that a large log does not hold up other requests.
_READ_IN_PLACE_BYTES = 32 * 1024

_POLL_SECONDS = 0.1
_SIGN_OF_LIFE_SECONDS = 15.0
_NOTE_BYTES = 512
_LINE = re.compile(rb"(\d{4}-\d\d-\d\dT\S+Z) ?(.*)", re.DOTALL)
#: The line that begins each piece of a log that lost lines before it.
_LEFT_OUT = re.compile(r"\[Spaceport\] \d+ lines \(\d+ bytes\) of this log were left out")


class LogFiles:
    """The file side of ``interfaces.Logs``. Memory in use does not depend on the length of a log."""

    def __init__(
        self, poll_seconds: float = _POLL_SECONDS, sign_of_life_seconds: float = _SIGN_OF_LIFE_SECONDS
    ) -> None:
        self._poll_seconds = poll_seconds
        self._sign_of_life_seconds = sign_of_life_seconds

    def read(self, path: Path, tail: int | None = None) -> Iterator[LogLine]:
        with ExitStack() as stack:
            pieces = _open_pieces(path, tail)
            for piece in pieces:
                stack.enter_context(piece.file)
            yield from _lines_of(pieces)

    async def follow(
        self, path: Path, is_over: Callable[[], bool], tail: int | None = None
    ) -> AsyncIterator[LogLine | None]:
        pieces: list[_Piece] = []
        silent_seconds = 0.0
        try:
            await to_its_end(lambda: pieces.extend(_open_pieces(path, tail)))
            while True:
                # Asked before reading: what was written before the end is then surely read.
                over = is_over()
                async for line in self._new_lines(pieces):
                    silent_seconds = 0.0
                    yield line
                if _is_replaced(path, pieces) and await to_its_end(lambda: _add_newer(path, pieces)):
                    continue
                if over:
                    return
                if silent_seconds >= self._sign_of_life_seconds:
                    silent_seconds = 0.0
                    yield None
                await asyncio.sleep(self._poll_seconds)
                silent_seconds += self._poll_seconds
        finally:
            for piece in pieces:
                piece.file.close()

    async def _new_lines(self, pieces: list["_Piece"]) -> AsyncIterator[LogLine]:
        """Lines not given yet; closes and drops pieces that are read to their end, but for the newest."""
        while pieces:
            piece = pieces[0]
            waiting_bytes = piece.waiting_bytes()
            in_thread = waiting_bytes > _READ_IN_PLACE_BYTES
            lines = await asyncio.to_thread(piece.next_lines) if in_thread else piece.next_lines()
            for line in lines:
                yield line
            if lines:
                continue
            if len(pieces) == 1:
                return
            piece.file.close()
            del pieces[0]


class _Piece:
    """One open file of a log, how far it was read, and what to say before its first line."""

    def __init__(self, file: BinaryIO, note: str | None = None) -> None:
        self.file = file
        self.note = note
        self.offset = 0

    def waiting_bytes(self) -> int:
        size = os.fstat(self.file.fileno()).st_size
        if size < self.offset:  # Cut by somebody: everything in it is new.
            self.offset = 0
        return size - self.offset

    def next_lines(self) -> list[LogLine]:
        """The next block of whole lines; empty when there is none. A half line stays until it is whole."""
        if self.waiting_bytes() <= 0:
            return []
        block = os.pread(self.file.fileno(), _BLOCK_BYTES, self.offset)
        end = block.rfind(b"\n") + 1
        if end == 0:
            if len(block) < _BLOCK_BYTES:
                return []
            end = len(block)
        is_first = self.offset == 0
        self.offset += end
        lines = [_parse(line) for line in block[:end].removesuffix(b"\n").split(b"\n")]
        return self._with_note(lines) if is_first else lines

    def _with_note(self, lines: list[LogLine]) -> list[LogLine]:
        """The first lines of this piece with the right word about lost lines, its own one being out of date."""
        if _LEFT_OUT.match(lines[0].text):
            # A piece that held nothing else must not look like one that is read to its end.
            lines = lines[1:] or self.next_lines()
        if self.note and lines:
            return [LogLine(lines[0].timestamp, self.note), *lines]
        return lines

    def own_note(self) -> str | None:
        """What this piece says at its beginning about lines lost before the piece that precedes it."""
        first = os.pread(self.file.fileno(), _NOTE_BYTES, 0).split(b"\n")[0]
        text = _parse(first).text
        return text if _LEFT_OUT.match(text) else None

    def seek_to_last(self, count: int) -> int:
        """Place this piece before its last ``count`` lines; returns how many lines it has less than that."""
        end = os.fstat(self.file.fileno()).st_size
        missing = count + 1  # The newline that ends the line before them.
        while end > 0:
            begin = max(0, end - _BLOCK_BYTES)
            block = os.pread(self.file.fileno(), end - begin, begin)
            found = block.count(b"\n")
            if found >= missing:
                position = len(block)
                for _ in range(missing):
                    position = block.rfind(b"\n", 0, position)
                self.offset = begin + position + 1
                return 0
            missing -= found
            end = begin
        self.offset = 0
        return missing - 1


def _open_pieces(path: Path, tail: int | None) -> list[_Piece]:
    """The files of a log, oldest first, placed before the first line wanted."""
    pieces = _open_all(path)
    if tail is None:
        return pieces
    wanted = max(0, tail)
    for position in range(len(pieces) - 1, -1, -1):
        wanted = pieces[position].seek_to_last(wanted)
        if wanted == 0:
            for piece in pieces[:position]:
                piece.file.close()
            return pieces[position:]
    return pieces


def _open_all(path: Path) -> list[_Piece]:
    # The writer may turn the files while they are opened: then the last one is no longer ``path``. Try again.
    for _attempt in range(10):
        files = _try_open(log_parts(path))
        if files is not None and (not files or _is_file_at(path, files[-1])):
            break
        for file in files or []:
            file.close()
    else:
        files = []
    pieces = [_Piece(file) for file in files]
    if len(pieces) == 3:
        # Lines are lost between the head and the older piece; how many is written when the newest piece begins.
        pieces[1].note = pieces[2].own_note()
    return pieces


def _try_open(parts: list[Path]) -> list[BinaryIO] | None:
    files: list[BinaryIO] = []
    try:
        files.extend(part.open("rb", buffering=0) for part in parts)
    except FileNotFoundError:
        for file in files:
            file.close()
        return None
    return files


def _is_file_at(path: Path, file: BinaryIO) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def _is_replaced(path: Path, pieces: list[_Piece]) -> bool:
    if not pieces:
        return path.exists()
    return path.exists() and not _is_file_at(path, pieces[-1].file)


def _add_newer(path: Path, pieces: list[_Piece]) -> bool:
    """
    Append the files that came after the newest piece; returns whether there are any.

    The newest piece is still open, so its inode cannot be that of a file made later.
    """
    opened = _open_all(path)
    newest = pieces[-1].file if pieces else None
    known = [number for number, piece in enumerate(opened) if newest is not None and _same(piece.file, newest)]
    first_new = known[-1] + 1 if known else (1 if newest is not None and len(opened) > 1 else 0)
    for piece in opened[:first_new]:
        piece.file.close()
    added = opened[first_new:]
    pieces.extend(added)
    return bool(added)


def _same(one: BinaryIO, other: BinaryIO) -> bool:
    return os.path.samestat(os.fstat(one.fileno()), os.fstat(other.fileno()))


def _lines_of(pieces: list[_Piece]) -> Iterator[LogLine]:
    for piece in pieces:
        while lines := piece.next_lines():
            yield from lines


def _parse(line: bytes) -> LogLine:
    match = _LINE.fullmatch(line)
    if match is None:
        return LogLine("", line.decode(errors="replace"))
    return LogLine(match[1].decode(), match[2].decode(errors="replace"))
