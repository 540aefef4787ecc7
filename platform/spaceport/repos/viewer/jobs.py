"""Work that waits for a worker: a few at a time, in turns, the same work once for all who ask, and a line that ends."""

import asyncio
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from spaceport.errors import SpaceportError, Unavailable
from spaceport.repos.viewer.turns import AT_ONCE, MAX_WAITING, Place, Turns, may_wait, next_turn, who_gives_way

T = TypeVar("T")
log = structlog.get_logger()
#: How long a request waits before it is told to come back.
PATIENCE_SECONDS = 8.0
_TOO_MANY = "too many datasets are being read right now: ask again in a minute"


class NotReady(SpaceportError):
    """The work goes on; asking again helps."""


@dataclass
class _Job:
    key: Hashable
    place: Place
    work: Callable[[], Any]
    future: "Future[Any]"


class Jobs:
    """Made once for a hub. Its threads wait for worker processes; they are no threads of the hub's requests."""

    def __init__(self, patience_seconds: float = PATIENCE_SECONDS, max_waiting: int = MAX_WAITING) -> None:
        self._patience_seconds = patience_seconds
        self._max_waiting = max_waiting
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="dataset viewer")
        self._lock = threading.Lock()
        self._turns = Turns()
        self._came = 0
        self._is_closed = False
        self._waiting: dict[Hashable, _Job] = {}
        self._running: dict[Hashable, tuple[_Job, str]] = {}

    def start(self, namespace: str, asker: str, key: Hashable, work: Callable[[], T]) -> "Future[T]":
        """
        ``key`` names the work, whoever asks: what is under way is not begun again.

        Raises: Unavailable when too many wait.
        """
        with self._lock:
            if self._is_closed:
                raise Unavailable("the hub is stopping")
            known = self._running[key][0] if key in self._running else self._waiting.get(key)
            if known is not None:
                if asker not in known.place.askers:
                    known.place.askers.append(asker)
                    self._begin_turns()
                return known.future
            if not may_wait([job.place for job in self._waiting.values()], namespace, asker):
                raise Unavailable(_TOO_MANY)
            self._came += 1
            job = _Job(key, Place(namespace, [asker], self._came), work, Future())
            self._waiting[key] = job
            self._begin_turns()
            gives_way = self._who_is_too_many(job)
        if gives_way is not None:
            gives_way.future.set_exception(Unavailable(_TOO_MANY))
        return job.future

    async def wait(self, future: "Future[T]") -> T:
        """What the work returns or raises. Raises: NotReady after a while; the work goes on."""
        try:
            async with asyncio.timeout(self._patience_seconds):
                return await asyncio.shield(asyncio.wrap_future(future))
        except TimeoutError as error:
            raise NotReady("the rows are being read: ask again in a few seconds") from error

    def close(self) -> None:
        """What waits is dropped; what runs is waited for, because whoever calls has ended its process."""
        with self._lock:
            self._is_closed = True
            dropped = list(self._waiting.values())
            self._waiting.clear()
        for job in dropped:
            job.future.cancel()
        self._pool.shutdown()

    def _who_is_too_many(self, newcomer: _Job) -> _Job | None:
        """Who leaves the line, if somebody has to. Raises: Unavailable when it is the newcomer."""
        if len(self._waiting) <= self._max_waiting:
            return None
        others = [job.place for job in self._waiting.values() if job is not newcomer]
        place = who_gives_way(others, newcomer.place.askers[0])
        if place is None:
            del self._waiting[newcomer.key]
            raise Unavailable(_TOO_MANY)
        return self._waiting.pop(next(key for key, job in self._waiting.items() if job.place is place))

    def _begin_turns(self) -> None:
        """Called with the lock."""
        while True:
            places = {id(job.place): job for job in self._waiting.values()}
            running = [(job.place, asker) for job, asker in self._running.values()]
            turn = next_turn([job.place for job in places.values()], running, self._turns.last)
            if turn is None:
                return
            job, asker = places[id(turn[0])], turn[1]
            self._turns.note(asker)
            del self._waiting[job.key]
            self._running[job.key] = job, asker
            self._pool.submit(self._run, job)

    def _run(self, job: _Job) -> None:
        try:
            outcome = job.work()
        except SpaceportError as error:
            self._end(job)
            job.future.set_exception(error)
        except Exception as error:
            # The end of this job, in a thread of its own: whoever waits for it is told.
            log.exception("work of the dataset viewer broke off")
            self._end(job)
            job.future.set_exception(error)
        else:
            self._end(job)
            job.future.set_result(outcome)

    def _end(self, job: _Job) -> None:
        with self._lock:
            del self._running[job.key]
            self._begin_turns()
