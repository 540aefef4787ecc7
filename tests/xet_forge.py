"""Xorbs and shards made by hand, right or wrong in one place."""

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import lz4.frame

from spaceport.repos.xet.hashes import HashTree, chunk_hash, file_hash, possession_proof

TAG = b"HFRepoMetaData\0" + bytes.fromhex("556967456A7B815783A5BDD95CCDD14AA9")
END = b"\xff" * 32 + bytes(16)
PROOFS, SHA256 = 1 << 31, 1 << 30


@dataclass(frozen=True)
class Xorb:
    chunks: tuple[bytes, ...]

    @property
    def hashes(self) -> list[bytes]:
        return [chunk_hash(chunk) for chunk in self.chunks]

    @property
    def hash(self) -> bytes:
        return tree_root(self.chunks)

    def body(self, scheme: int = 0) -> bytes:
        return b"".join(packed_chunk(chunk, scheme) for chunk in self.chunks)

    def record(self) -> bytes:
        total = sum(map(len, self.chunks))
        records = [struct.pack("<32sIIII", self.hash, 0, len(self.chunks), total, 0)]
        offset = 0
        for chunk in self.chunks:
            records.append(struct.pack("<32sII8x", chunk_hash(chunk), offset, len(chunk)))
            offset += len(chunk)
        return b"".join(records)


@dataclass(frozen=True)
class Term:
    """Everything a record of a term says; ``of`` makes one that is right."""

    xorb: bytes
    raw_bytes: int
    first: int
    end: int
    proof: bytes
    chunks: tuple[bytes, ...]

    @classmethod
    def of(cls, xorb: Xorb, first: int = 0, end: int | None = None) -> "Term":
        end = len(xorb.chunks) if end is None else end
        chunks = xorb.chunks[first:end]
        proof = possession_proof(b"".join(xorb.hashes[first:end]))
        return cls(xorb.hash, sum(map(len, chunks)), first, end, proof, chunks)

    def but(self, **values: Any) -> "Term":
        return replace(self, **values)


def file_record(
    terms: Sequence[Term], sha256: str | None = "right", flags: int = PROOFS | SHA256, hash: bytes | None = None
) -> bytes:
    chunks = [chunk for term in terms for chunk in term.chunks]
    right = hashlib.sha256(b"".join(chunks)).hexdigest()
    name = file_hash(tree_root(chunks)) if hash is None else hash
    records = [struct.pack("<32sII8x", name, flags, len(terms))]
    records += [struct.pack("<32sIIII", term.xorb, 0, term.raw_bytes, term.first, term.end) for term in terms]
    if flags & PROOFS:
        records += [term.proof + bytes(16) for term in terms]
    if flags & SHA256:
        records.append(word_reversed(right if sha256 == "right" else sha256 or right) + bytes(16))
    return b"".join(records)


def shard(files: Sequence[bytes], xorbs: Sequence[Xorb] = ()) -> bytes:
    header = struct.pack("<32sQQ", TAG, 2, 0)
    return b"".join([header, *files, END, *(xorb.record() for xorb in xorbs), END])


def packed_chunk(raw: bytes, scheme: int = 0, says: int | None = None) -> bytes:
    packed = raw
    if scheme == 1:
        packed = lz4.frame.compress(raw)
    elif scheme == 2:
        packed = lz4.frame.compress(b"".join(raw[group::4] for group in range(4)))
    length = len(raw) if says is None else says
    return b"\0" + len(packed).to_bytes(3, "little") + bytes([scheme]) + length.to_bytes(3, "little") + packed


def tree_root(chunks: Sequence[bytes]) -> bytes:
    tree = HashTree()
    for chunk in chunks:
        tree.add(chunk_hash(chunk), len(chunk))
    return tree.root()


def word_reversed(hexadecimal: str) -> bytes:
    return b"".join(bytes.fromhex(hexadecimal[at : at + 16])[::-1] for at in range(0, 64, 16))
