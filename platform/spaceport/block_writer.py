"""Bytes that arrive in small pieces, written in large blocks by a thread while the next ones arrive."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

#: Large enough that the hand-over to a thread costs little; two of these are in memory.
_BLOCK_BYTES = 4 * 1024**2


class BlockWriter:
    """
    ``write`` gets the blocks in order, one at a time, in a thread. What it raises comes out of the next call.

    Whoever ends early waits with ``settle`` before closing what ``write`` writes to.
    """

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._pieces: list[bytes] = []
        self._held_bytes = 0
        self._under_way: asyncio.Future[None] | None = None

    async def feed(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._held_bytes += len(piece)
        if self._held_bytes >= _BLOCK_BYTES:
            await self._hand_over()

    async def finish(self) -> None:
        """Everything is written when this returns."""
        await self._hand_over()
        await self._wait()

    async def settle(self) -> None:
        """Nothing is being written any more when this returns; what is still held is dropped. Raises nothing."""
        with suppress(Exception):
            await self._wait()

    async def _hand_over(self) -> None:
        await self._wait()
        block = b"".join(self._pieces)
        self._pieces.clear()
        self._held_bytes = 0
        self._under_way = asyncio.ensure_future(asyncio.to_thread(self._write, block))

    async def _wait(self) -> None:
        if self._under_way is not None:
            # A request that is cancelled must not leave the thread behind with a file that is closed under it.
            under_way = self._under_way
            try:
                await asyncio.shield(under_way)
            except asyncio.CancelledError:
                await asyncio.wait((under_way,))
                raise
            finally:
                self._under_way = None
