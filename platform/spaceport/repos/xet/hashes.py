"""The hashes of Xet, all BLAKE3 and 32 bytes: chunks, xorbs, files, and the proof that a sender has the bytes. Pure.

Source: hub-docs ``docs/xet/hashing.md``; hub-api.md section 7.5.
"""

import re

from blake3 import blake3

from spaceport.errors import BadRequest

HASH_BYTES = 32
#: Keys of the four kinds of hashes: fixed by the protocol.
_CHUNK_KEY = bytes.fromhex("6697f5775b9550de3135cbaca597181c9de421109beb2b58b4d0b04b93adf229")
_NODE_KEY = bytes.fromhex("017ec5c7a5472996fd946666b48a02e65ddd536f37c76dd2f86352e64a53713f")
_PROOF_KEY = bytes.fromhex("7f1857d6ce56ed66127ff913e7a5c3f3a4cd26d5b5db49e64124987f28fb94c3")
_FILE_KEY = bytes(HASH_BYTES)
#: A node of the tree has three to nine members (but the last of its row), cut after a hash that this number divides.
_SHORTEST_CUT, _LONGEST_CUT, _CUT_DIVISOR = 3, 9, 4
_URL_FORM = re.compile(r"[0-9a-f]{64}")


def in_url_form(digest: bytes) -> str:
    """A hash as URLs, JSON and the tree spell it: four little-endian numbers of 64 bits, 16 hex digits each."""
    return "".join(digest[at : at + 8][::-1].hex() for at in range(0, HASH_BYTES, 8))


def from_url_form(text: str) -> bytes:
    """Raises: BadRequest."""
    if _URL_FORM.fullmatch(text) is None:
        raise BadRequest(f"a xet hash is 64 lower-case hex digits, not {text[:70]!r}")
    return b"".join(bytes.fromhex(text[at : at + 16])[::-1] for at in range(0, 64, 16))


def chunk_hash(raw: bytes) -> bytes:
    return blake3(raw, key=_CHUNK_KEY).digest()


def file_hash(root: bytes) -> bytes:
    """Of a file, from the root of the tree over all its chunks."""
    return blake3(root, key=_FILE_KEY).digest()


def possession_proof(chunk_hashes: bytes) -> bytes:
    """What only somebody who has the chunks can say: a hash over their hashes, laid end to end."""
    return blake3(chunk_hashes, key=_PROOF_KEY).digest()


class HashTree:
    """
    The tree over (hash, raw length) pairs, fed from left to right.

    Keeps at most nine pairs of each row, so its memory does not grow with the file.
    """

    def __init__(self) -> None:
        self._rows: list[list[tuple[bytes, int]]] = [[]]

    def add(self, digest: bytes, raw_bytes: int) -> None:
        self._add_to(0, (digest, raw_bytes))

    def root(self) -> bytes:
        """Of what was added; nothing can be added any more. Of nothing, it is 32 zero bytes."""
        row = 0
        while True:
            members = self._rows[row]
            if row == len(self._rows) - 1 and len(members) < 2:
                return members[0][0] if members else bytes(HASH_BYTES)
            if members:
                # What is left of a row is a node of its own, even if it is one pair.
                rest = _node(members)
                members.clear()
                self._add_to(row + 1, rest)
            row += 1

    def _add_to(self, row: int, pair: tuple[bytes, int]) -> None:
        while True:
            if row == len(self._rows):
                self._rows.append([])
            members = self._rows[row]
            members.append(pair)
            if not _is_full(members):
                return
            pair = _node(members)
            members.clear()
            row += 1


def _is_full(members: list[tuple[bytes, int]]) -> bool:
    if len(members) < _SHORTEST_CUT:
        return False
    last = members[-1][0]
    return len(members) == _LONGEST_CUT or int.from_bytes(last[-8:], "little") % _CUT_DIVISOR == 0


def _node(members: list[tuple[bytes, int]]) -> tuple[bytes, int]:
    text = "".join(f"{in_url_form(digest)} : {raw_bytes}\n" for digest, raw_bytes in members)
    return blake3(text.encode(), key=_NODE_KEY).digest(), sum(raw_bytes for _, raw_bytes in members)
