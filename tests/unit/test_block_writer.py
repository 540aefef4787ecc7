"""Blocks are written in order, and nothing is being written any more when it is over."""

import asyncio

import pytest

from spaceport.block_writer import BlockWriter

PIECE = bytes(1024**2)


def test_all_pieces_are_written_in_order() -> None:
    written: list[bytes] = []

    async def write() -> None:
        writer = BlockWriter(written.append)
        for number in range(10):
            await writer.feed(bytes([number]) * len(PIECE))
        await writer.finish()

    asyncio.run(write())

    assert b"".join(written) == b"".join(bytes([number]) * len(PIECE) for number in range(10))
    assert len(written) == 3


def test_a_full_disk_is_heard_of() -> None:
    def fail(block: bytes) -> None:
        raise OSError("no space left")

    async def write() -> None:
        writer = BlockWriter(fail)
        try:
            await writer.feed(PIECE * 4)
            await writer.finish()
        finally:
            await writer.settle()

    with pytest.raises(OSError, match="no space"):
        asyncio.run(write())


def test_what_is_held_is_dropped_when_it_ends_early() -> None:
    written: list[bytes] = []

    async def write() -> None:
        writer = BlockWriter(written.append)
        await writer.feed(PIECE)
        await writer.settle()

    asyncio.run(write())

    assert written == []
