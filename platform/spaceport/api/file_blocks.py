"""A part of an open file as the body of an answer."""

from collections.abc import Iterator
from typing import BinaryIO

_BLOCK_BYTES = 1024**2


def blocks_of(file: BinaryIO, first: int, last: int) -> Iterator[bytes]:
    """From byte ``first`` to byte ``last``; the file is closed at the end, however that comes."""
    with file:
        file.seek(first)
        left = last - first + 1
        while left > 0 and (block := file.read(min(left, _BLOCK_BYTES))):
            left -= len(block)
            yield block
