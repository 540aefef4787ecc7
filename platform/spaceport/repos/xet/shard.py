"""Shards: which chunks of which xorbs make which files, in records of 48 bytes. Pure.

A shard is read in place, record by record, so that memory does not grow with what it claims.

Source: hub-docs ``docs/xet/shard.md``; hub-api.md section 7.5.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap

from spaceport.errors import BadRequest
from spaceport.repos.xet.hashes import HASH_BYTES, in_url_form
from spaceport.repos.xet.xorb import MAX_CHUNKS, MAX_XORB_BYTES

MAX_SHARD_BYTES = 64 * 1024**2
#: Hashing goes over all chunks of all files: this is a terabyte of chunks of usual size.
MAX_SHARD_CHUNKS = 16 * 1024**2
_RECORD_BYTES = 48
_TAG = b"HFRepoMetaData\0" + bytes.fromhex("556967456A7B815783A5BDD95CCDD14AA9")
_VERSION = 2
_END = b"\xff" * HASH_BYTES
_HAS_PROOFS, _HAS_SHA256 = 1 << 31, 1 << 30
_HEADER = struct.Struct("<32sQQ")
_FILE = struct.Struct("<32sII8x")
_TERM = struct.Struct("<32sIIII")
_XORB = struct.Struct("<32sIIII")
_CHUNK = struct.Struct("<32sII8x")


@dataclass(frozen=True)
class Term:
    """
    Chunks ``first`` up to, not with, ``end`` of a xorb, which have ``raw_bytes`` together.

    ``proof`` shows that the sender has them; None when the shard brings none.
    """

    xorb: bytes
    raw_bytes: int
    first: int
    end: int
    proof: bytes | None


@dataclass(frozen=True)
class ShardFile:
    """A file: ``hash`` is its xet hash, ``sha256`` lower-case hex where the sender knows it."""

    hash: bytes
    size_bytes: int
    sha256: str | None
    _data: bytes | mmap
    _position: int
    _count: int
    _has_proofs: bool

    @property
    def name(self) -> str:
        return in_url_form(self.hash)

    def __len__(self) -> int:
        return self._count

    def terms(self) -> Iterator[Term]:
        for number in range(self._count):
            place = self._position + number * _RECORD_BYTES
            xorb, _, raw_bytes, first, end = _TERM.unpack_from(self._data, place)
            proof_place = place + self._count * _RECORD_BYTES
            proof = self._data[proof_place : proof_place + HASH_BYTES] if self._has_proofs else None
            yield Term(xorb, raw_bytes, first, end, proof)


@dataclass(frozen=True)
class ShardXorb:
    """A xorb as the sender describes it."""

    hash: bytes
    _data: bytes | mmap
    _position: int
    _count: int

    def __len__(self) -> int:
        return self._count

    def chunks(self) -> Iterator[tuple[bytes, int]]:
        """Hash and raw length of each."""
        for number in range(self._count):
            digest, _, length = _CHUNK.unpack_from(self._data, self._position + number * _RECORD_BYTES)
            yield digest, length


class Shard:
    """A shard whose form was checked as a whole; what it claims was not. Raises: BadRequest."""

    def __init__(self, data: bytes | mmap) -> None:
        self._data = data
        if len(data) > MAX_SHARD_BYTES:
            raise BadRequest(f"a shard has at most {MAX_SHARD_BYTES:,} bytes: upload in smaller steps")
        tag, version, _ = _HEADER.unpack_from(self._record(0))
        if tag != _TAG or version != _VERSION:
            raise BadRequest(f"this is no shard of version {_VERSION}")
        chunks = files = terms = 0
        position = _RECORD_BYTES
        for file, position in self._files():  # noqa: B007
            files, terms = files + 1, terms + len(file)
            for term in file.terms():
                chunks += _check_form(file, term)
            if chunks > MAX_SHARD_CHUNKS:
                raise BadRequest(f"a shard names at most {MAX_SHARD_CHUNKS:,} chunks: upload in smaller steps")
        self.file_count, self.term_count = files, terms
        self._xorbs_at = position + _RECORD_BYTES
        for _ in self.xorbs():
            pass

    def files(self) -> Iterator[ShardFile]:
        return (file for file, _ in self._files())

    def xorbs(self) -> Iterator[ShardXorb]:
        position = self._xorbs_at
        while (record := self._record(position))[:HASH_BYTES] != _END:
            digest, _, count, _, _ = _XORB.unpack_from(record)
            position += _RECORD_BYTES
            if count > MAX_CHUNKS:
                raise BadRequest(f"xorb {in_url_form(digest)} is said to have {count:,} chunks, more than a xorb has")
            self._check_room(position, count)
            yield ShardXorb(digest, self._data, position, count)
            position += count * _RECORD_BYTES

    def _files(self) -> Iterator[tuple[ShardFile, int]]:
        """Each file, and where the next one starts."""
        position = _RECORD_BYTES
        while (record := self._record(position))[:HASH_BYTES] != _END:
            digest, flags, count = _FILE.unpack_from(record)
            position += _RECORD_BYTES
            has_proofs = bool(flags & _HAS_PROOFS)
            records = count * (2 if has_proofs else 1)
            self._check_room(position, records + 1)
            size = sum(self._raw_bytes(position, number) for number in range(count))
            after, sha256 = position + records * _RECORD_BYTES, None
            if flags & _HAS_SHA256:
                sha256 = in_url_form(self._record(after)[:HASH_BYTES])
                after += _RECORD_BYTES
            yield ShardFile(digest, size, sha256, self._data, position, count, has_proofs), after
            position = after

    def _raw_bytes(self, position: int, number: int) -> int:
        length: int = _TERM.unpack_from(self._data, position + number * _RECORD_BYTES)[2]
        return length

    def _record(self, position: int) -> bytes:
        self._check_room(position, 1)
        return self._data[position : position + _RECORD_BYTES]

    def _check_room(self, position: int, records: int) -> None:
        if position + records * _RECORD_BYTES > len(self._data):
            raise BadRequest("the shard ends too early")


def _check_form(file: ShardFile, term: Term) -> int:
    """How many chunks the term names."""
    if not 0 <= term.first < term.end <= MAX_CHUNKS or not 0 < term.raw_bytes <= MAX_XORB_BYTES:
        raise BadRequest(
            f"file {file.name} names chunks {term.first} to {term.end} of xorb {in_url_form(term.xorb)} with "
            f"{term.raw_bytes:,} bytes: no xorb has these"
        )
    return term.end - term.first
