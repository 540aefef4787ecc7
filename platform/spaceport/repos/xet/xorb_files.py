"""Xorbs on this machine's disk: a file each, its chunks as they came, and what was found in them behind."""

import os
import secrets
import shutil
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from spaceport.errors import BadRequest
from spaceport.repos.xet.hashes import HASH_BYTES, in_url_form
from spaceport.repos.xet.xorb import (
    HEADER_BYTES,
    ExaminedXorb,
    XorbIndex,
    examine_xorb,
    parse_chunk_header,
    unpack_chunk,
)

#: The end of a file: how many chunks there are, and a mark. Before it: hashes, lengths, offsets.
_ENDING = struct.Struct("<I8s")
_MARK = b"XORBIDX1"
_NUMBER_BYTES = 4


class XorbFiles:
    """A folder of xorbs. What has a name there is whole and right."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "xorbs"
        self.incoming = folder / "incoming"
        for each in (self._folder, self.incoming):
            each.mkdir(parents=True, exist_ok=True)

    def add(self, body: Path, name: str) -> None:
        """
        Check a body and keep its chunks under its hash; doing it twice is fine.

        Raises: BadRequest when something is wrong with a chunk, or the hash is another one.
        """
        with body.open("rb") as file:
            xorb = examine_xorb(file)
            if in_url_form(xorb.hash) != name:
                raise BadRequest(f"the xorb has the hash {in_url_form(xorb.hash)}, not {name}")
            file.seek(0)
            fresh = self.incoming / f"xorb-{secrets.token_hex(12)}"
            try:
                _write(fresh, file, xorb)
                final = self._path(xorb.hash)
                final.parent.mkdir(exist_ok=True)
                fresh.replace(final)
            finally:
                fresh.unlink(missing_ok=True)

    def index(self, xorb: bytes) -> XorbIndex | None:
        """None when it is not there."""
        stored = self._open(xorb)
        if stored is None:
            return None
        with stored.file:
            return stored.index()

    def read(self, xorb: bytes, first: int, end: int) -> Iterator[bytes] | None:
        """The raw bytes of chunks ``first`` up to, not with, ``end``; None when the xorb is not there."""
        stored = self._open(xorb)
        return None if stored is None else stored.read(first, end)

    def remove(self, xorb: bytes) -> None:
        """One that is not there is fine."""
        self._path(xorb).unlink(missing_ok=True)

    def clear(self, oldest: float) -> int:
        """Remove what came before that time (seconds since the epoch); returns how many."""
        removed = 0
        for path in (*self._folder.glob("??/*"), *self.incoming.iterdir()):
            try:
                if path.stat().st_mtime < oldest:
                    path.unlink()
                    removed += 1
            except FileNotFoundError:
                continue
        return removed

    def _open(self, xorb: bytes) -> "_StoredXorb | None":
        try:
            return _StoredXorb.of(self._path(xorb).open("rb"))
        except FileNotFoundError:
            return None

    def _path(self, xorb: bytes) -> Path:
        name = in_url_form(xorb)
        return self._folder / name[:2] / name


@dataclass(frozen=True)
class _StoredXorb:
    file: BinaryIO
    count: int
    hashes_at: int

    @classmethod
    def of(cls, file: BinaryIO) -> "_StoredXorb":
        size = file.seek(0, os.SEEK_END)
        file.seek(size - _ENDING.size)
        count, mark = _ENDING.unpack(file.read(_ENDING.size))
        assert mark == _MARK, f"{file.name} was not written by this class"
        return cls(file, count, size - _ENDING.size - count * (HASH_BYTES + 2 * _NUMBER_BYTES))

    def index(self) -> XorbIndex:
        self.file.seek(self.hashes_at)
        return XorbIndex.from_bytes(self.file.read(self.count * (HASH_BYTES + _NUMBER_BYTES)))

    def read(self, first: int, end: int) -> Iterator[bytes]:
        with self.file as file:
            file.seek(self.hashes_at + self.count * (HASH_BYTES + _NUMBER_BYTES) + first * _NUMBER_BYTES)
            file.seek(struct.unpack("<I", file.read(_NUMBER_BYTES))[0])
            for number in range(first, end):
                header = parse_chunk_header(file.read(HEADER_BYTES), number)
                assert header is not None, "the index counts no more chunks than there are"
                yield unpack_chunk(header, file.read(header.packed_bytes), number)


def _write(path: Path, body: BinaryIO, xorb: ExaminedXorb) -> None:
    """Without what the client sent behind the chunks."""
    with path.open("xb") as file:
        shutil.copyfileobj(body, file)
        file.truncate(xorb.end)
        file.seek(xorb.end)
        for part in (xorb.index.to_bytes(), xorb.offsets.tobytes()):
            file.write(part)
        file.write(_ENDING.pack(len(xorb.index), _MARK))
        file.flush()
        os.fsync(file.fileno())
