"""Work that waits for a worker: a few at a time, the same work once for all who ask, and a line that has an end."""

import asyncio
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from spaceport.errors import SpaceportError, Unavailable

T = TypeVar("T")
#: Of threads that wait for worker processes; they are no threads of the hub's requests.
_AT_ONCE = 2
MAX_WAITING, MAX_OF_ONE = 100, 20
#: How long a request waits before it is told to come back.
PATIENCE_SECONDS = 8.0


class NotReady(SpaceportError):
    """The work goes on; asking again helps."""


class Jobs:
    """Made once for a hub."""

    def __init__(self, patience_seconds: float = PATIENCE_SECONDS, max_waiting: int = MAX_WAITING) -> None:
        self._patience_seconds = patience_seconds
        self._max_waiting = max_waiting
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="dataset viewer")
        self._lock = threading.Lock()
        self._running: dict[tuple[str, Hashable], Future[Any]] = {}

    def start(self, owner: str, key: Hashable, work: Callable[[], T]) -> "Future[T]":
        """
        ``key`` names the work: what is under way is not begun again. No ``owner`` may have the whole line.

        Raises: Unavailable when too many wait.
        """
        name = (owner, key)
        with self._lock:
            known = self._running.get(name)
            if known is not None:
                return known
            of_owner = sum(each[0] == owner for each in self._running)
            if len(self._running) >= self._max_waiting or of_owner >= MAX_OF_ONE:
                raise Unavailable("too many datasets are being read right now: ask again in a minute")
            future = self._pool.submit(work)
            self._running[name] = future
        future.add_done_callback(lambda _: self._forget(name))
        return future

    async def wait(self, future: "Future[T]") -> T:
        """What the work returns or raises. Raises: NotReady after a while; the work goes on."""
        try:
            async with asyncio.timeout(self._patience_seconds):
                return await asyncio.shield(asyncio.wrap_future(future))
        except TimeoutError as error:
            raise NotReady("the rows are being read: ask again in a few seconds") from error

    def close(self) -> None:
        """What waits is dropped; what runs is waited for, because whoever calls has ended its process."""
        self._pool.shutdown(cancel_futures=True)

    def _forget(self, name: tuple[str, Hashable]) -> None:
        with self._lock:
            self._running.pop(name, None)
