"""Work of a thread, whose result is not lost when who asked for it is gone."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def to_its_end(work: Callable[[], T], undo: Callable[[T], object] | None = None) -> T:
    """
    What ``work`` gives, done in a thread.

    A caller who leaves meanwhile is let go only when the thread is through, and ``undo`` gets what came of it: files
    that it opens would stay open otherwise.
    A server that stops, or a scope of anyio, cancels again and again until it is obeyed.
    """
    # No task: the end of a loop cancels all tasks, and the thread goes on.
    future = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        while not future.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([future])
        if future.exception() is None and undo is not None:
            undo(future.result())
        raise
