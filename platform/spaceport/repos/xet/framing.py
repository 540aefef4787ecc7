"""
Large files as xorbs that nobody sent: their bytes framed anew, in chunks of equal length, stored as they are. Pure.

Clients that download in chunks look at neither the hashes of chunks nor at those of xorbs: a name says what may be the
same, and a frame where a chunk ends. So a file needs no memory of how it came, and one that came by git-lfs is as good.

Source: xet-core ``xorb_chunk_format/deserialize_async.rs`` and ``reconstruction_terms/file_term.rs``; hub-api.md 7.5.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from spaceport.repos.xet.xorb import HEADER_BYTES, MAX_CHUNK_BYTES, STORED

_FRAME_BYTES = HEADER_BYTES + MAX_CHUNK_BYTES
#: A xorb is one term and one address of a reconstruction, and so one request: clients make some of them at a time, hold
#: what they bring, and tell them apart by their addresses (huggingface.js).
_XORB_CHUNKS = 128
XORB_BYTES = _XORB_CHUNKS * MAX_CHUNK_BYTES
#: Part of the names: another way of framing gets others, because clients may keep what they got by its name.
_WAY = "framed 1"


@dataclass(frozen=True)
class FramedTerm:
    """Chunks ``first`` up to, not with, ``end`` of xorb ``number`` of a file, which have ``raw_bytes`` together."""

    number: int
    first: int
    end: int
    raw_bytes: int

    @property
    def framed_first(self) -> int:
        """Where in the xorb the first frame begins."""
        return self.first * _FRAME_BYTES

    @property
    def framed_last(self) -> int:
        """Where in the xorb the last frame ends, that byte included."""
        return self.framed_first + self.raw_bytes + (self.end - self.first) * HEADER_BYTES - 1


def terms_of(size_bytes: int, first: int, last: int) -> Iterator[FramedTerm]:
    """What covers bytes ``first`` to ``last``, both counted, of a file; the first term may begin before ``first``."""
    chunk, end = first // MAX_CHUNK_BYTES, last // MAX_CHUNK_BYTES + 1
    while chunk < end:
        number, inside = divmod(chunk, _XORB_CHUNKS)
        after = min(end, chunk - inside + _XORB_CHUNKS)
        raw_bytes = min(after * MAX_CHUNK_BYTES, size_bytes) - chunk * MAX_CHUNK_BYTES
        yield FramedTerm(number, inside, inside + after - chunk, raw_bytes)
        chunk = after


def skipped_bytes(first: int) -> int:
    """How many bytes before ``first`` the first term brings along."""
    return first % MAX_CHUNK_BYTES


def xorb_count(size_bytes: int) -> int:
    return -(-size_bytes // XORB_BYTES)


def xorb_name(sha256: str, number: int) -> str:
    return hashlib.sha256(f"{_WAY} {sha256} {number}".encode()).hexdigest()


@dataclass(frozen=True)
class FramedXorb:
    """Xorb ``number`` of a file of ``size_bytes``, which has one of that number."""

    size_bytes: int
    number: int

    @property
    def start(self) -> int:
        """Where in the file it begins."""
        return self.number * XORB_BYTES

    @property
    def raw_bytes(self) -> int:
        return min(XORB_BYTES, self.size_bytes - self.start)

    @property
    def framed_bytes(self) -> int:
        return self.raw_bytes + HEADER_BYTES * -(-self.raw_bytes // MAX_CHUNK_BYTES)

    def raw_before(self, position: int) -> int:
        """How many bytes of the file come before a place in the framed xorb."""
        number, inside = divmod(position, _FRAME_BYTES)
        return number * MAX_CHUNK_BYTES + max(0, inside - HEADER_BYTES)

    def header(self, number: int) -> bytes:
        """What comes before a chunk: version 0, and its length twice, because it is stored as it is."""
        length = min(MAX_CHUNK_BYTES, self.raw_bytes - number * MAX_CHUNK_BYTES).to_bytes(3, "little")
        return b"\0" + length + bytes([STORED]) + length


class Framer:
    """Puts frames around bytes ``first`` to ``last``, both counted and places in the framed xorb, as they come."""

    def __init__(self, xorb: FramedXorb, first: int, last: int) -> None:
        self._xorb, self._position, self._end = xorb, first, last + 1

    def feed(self, block: bytes) -> bytes:
        """The next bytes of the file, framed."""
        parts: list[bytes | memoryview] = []
        left = memoryview(block)
        while left:
            parts.append(self.rest())
            length = min(len(left), _FRAME_BYTES - self._position % _FRAME_BYTES)
            parts.append(left[:length])
            self._position, left = self._position + length, left[length:]
        return b"".join(parts)

    def rest(self) -> bytes:
        """What is left of a header, if this is within one."""
        number, inside = divmod(self._position, _FRAME_BYTES)
        if inside >= HEADER_BYTES or self._position >= self._end:
            return b""
        part = self._xorb.header(number)[inside : inside + self._end - self._position]
        self._position += len(part)
        return part
