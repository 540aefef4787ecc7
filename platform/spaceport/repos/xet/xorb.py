"""Xorbs: up to 64 MiB of chunks back to back, each compressed by itself. Pure, but for the file that is read.

Nothing a xorb says of itself is believed: lengths are limits for what is unpacked, and every hash is computed anew.

Source: hub-docs ``docs/xet/xorb.md``; hub-api.md section 7.5.
"""

from array import array
from dataclasses import dataclass
from typing import BinaryIO

import lz4.frame

from spaceport.errors import BadRequest
from spaceport.repos.xet.hashes import HASH_BYTES, HashTree, chunk_hash

HEADER_BYTES = 8
#: Of a length in an index.
_NUMBER_BYTES = 4
MAX_CHUNK_BYTES = 128 * 1024
MAX_XORB_BYTES = 64 * 1024**2
#: Source: xet-core, ``xorb_object/constants.rs``.
MAX_CHUNKS = 8 * 1024
#: A chunk that grows when it is packed is sent as it is; this leaves room for a frame's own headers.
_MAX_PACKED_BYTES = MAX_CHUNK_BYTES + 1024
STORED, _LZ4, _GROUPED_LZ4 = 0, 1, 2
_GROUPS = 4


@dataclass(frozen=True)
class XorbIndex:
    """The chunks of a xorb: their ``hashes`` laid end to end, and their raw ``lengths`` in bytes."""

    hashes: bytes
    lengths: "array[int]"

    def __len__(self) -> int:
        return len(self.lengths)

    def chunk(self, number: int) -> tuple[bytes, int]:
        """Hash and raw length."""
        return self.hashes[number * HASH_BYTES : (number + 1) * HASH_BYTES], self.lengths[number]

    def hashes_of(self, first: int, end: int) -> bytes:
        return self.hashes[first * HASH_BYTES : end * HASH_BYTES]

    def raw_bytes(self, first: int, end: int) -> int:
        return sum(self.lengths[first:end])

    def to_bytes(self) -> bytes:
        return self.hashes + self.lengths.tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> "XorbIndex":
        count = len(data) // (HASH_BYTES + _NUMBER_BYTES)
        return cls(data[: count * HASH_BYTES], array("I", data[count * HASH_BYTES :]))


@dataclass(frozen=True)
class ExaminedXorb:
    """``offsets`` say where each chunk's header is, ``end`` where the chunks are over; both in bytes."""

    hash: bytes
    index: XorbIndex
    offsets: "array[int]"
    end: int


@dataclass(frozen=True)
class ChunkHeader:
    packed_bytes: int
    scheme: int
    raw_bytes: int


def examine_xorb(file: BinaryIO) -> ExaminedXorb:
    """
    Unpack and hash all chunks of a file, one after the other.

    Raises: BadRequest, which says what is wrong with which chunk.
    """
    tree, hashes, lengths, offsets, position, total = HashTree(), bytearray(), array("I"), array("I"), 0, 0
    while header := parse_chunk_header(file.read(HEADER_BYTES), len(lengths)):
        total += header.raw_bytes
        if len(lengths) == MAX_CHUNKS or total > MAX_XORB_BYTES:
            raise BadRequest(f"a xorb holds at most {MAX_CHUNKS:,} chunks and {MAX_XORB_BYTES:,} bytes")
        digest = chunk_hash(unpack_chunk(header, file.read(header.packed_bytes), len(lengths)))
        tree.add(digest, header.raw_bytes)
        hashes += digest
        lengths.append(header.raw_bytes)
        offsets.append(position)
        position += HEADER_BYTES + header.packed_bytes
    if not lengths:
        raise BadRequest("a xorb of no chunks")
    return ExaminedXorb(tree.root(), XorbIndex(bytes(hashes), lengths), offsets, position)


def parse_chunk_header(data: bytes, number: int) -> ChunkHeader | None:
    """None where the chunks end: at the end of the file, or at a footer, which never starts with a zero."""
    if not data or data[0] != 0:
        return None
    if len(data) < HEADER_BYTES:
        raise BadRequest(f"the xorb ends within the header of chunk {number}")
    header = ChunkHeader(int.from_bytes(data[1:4], "little"), data[4], int.from_bytes(data[5:8], "little"))
    if not 0 < header.raw_bytes <= MAX_CHUNK_BYTES:
        raise BadRequest(f"chunk {number} says it has {header.raw_bytes:,} bytes: 1 to {MAX_CHUNK_BYTES:,} are allowed")
    if header.packed_bytes > _MAX_PACKED_BYTES:
        raise BadRequest(f"chunk {number} is packed into {header.packed_bytes:,} bytes, more than any chunk needs")
    return header


def unpack_chunk(header: ChunkHeader, packed: bytes, number: int) -> bytes:
    """The raw bytes. Raises: BadRequest when they are not exactly as many as the header says."""
    if len(packed) != header.packed_bytes:
        raise BadRequest(f"the xorb ends within chunk {number}")
    if header.scheme == STORED:
        raw = packed
    elif header.scheme == _LZ4:
        raw = _unframed(packed, header.raw_bytes, number)
    elif header.scheme == _GROUPED_LZ4:
        raw = _ungrouped(_unframed(packed, header.raw_bytes, number))
    else:
        raise BadRequest(f"chunk {number} is packed in a way unknown here ({header.scheme})")
    if len(raw) != header.raw_bytes:
        raise BadRequest(f"chunk {number} does not have the {header.raw_bytes:,} bytes that its header says")
    return raw


def _unframed(packed: bytes, raw_bytes: int, number: int) -> bytes:
    """Never unpacks more than one byte above what the header says, however much the frame holds."""
    frame = lz4.frame.LZ4FrameDecompressor()
    try:
        raw: bytes = frame.decompress(packed, max_length=raw_bytes + 1)
    except (RuntimeError, EOFError, ValueError, MemoryError) as error:
        raise BadRequest(f"chunk {number} is not an LZ4 frame") from error
    if not frame.eof or frame.unused_data:
        raise BadRequest(f"chunk {number} is not one whole LZ4 frame of {raw_bytes:,} bytes")
    return raw


def _ungrouped(grouped: bytes) -> bytes:
    """From all first, second, third and fourth bytes of numbers to the numbers."""
    raw, start = bytearray(len(grouped)), 0
    for group in range(_GROUPS):
        length = (len(grouped) + _GROUPS - 1 - group) // _GROUPS
        raw[group::_GROUPS] = grouped[start : start + length]
        start += length
    return bytes(raw)
