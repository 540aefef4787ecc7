"""Events between processes over a Redis stream."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import redis
import redis.asyncio
import structlog

from spaceport.domain.events import EVENTS_STREAM, KEPT_EVENTS, Event, EventKind
from spaceport_runner.connection import REDIS_AWAY, connect_briefly

log = structlog.get_logger()

_BLOCK_MILLISECONDS = 10_000
_RETRY_SECONDS = 1.0


class RedisEventBus:
    """
    Publishes from any thread; ``watch`` needs a running event loop.

    All watchers of a process share one connection: hundreds of open pages cost one reader.
    """

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
        self._redis = connect_briefly(redis_url)
        self._queues: set[asyncio.Queue[Event]] = set()
        self._reader: asyncio.Task[None] | None = None

    def publish(self, event: Event) -> None:
        fields = {"kind": str(event.kind), "space_id": event.space_id}
        try:
            self._redis.xadd(EVENTS_STREAM, fields, maxlen=KEPT_EVENTS, approximate=True)  # type: ignore[arg-type]
        except REDIS_AWAY:
            log.warning("event lost, the controller will find out by itself", kind=str(event.kind))

    async def watch(self) -> AsyncIterator[Event]:
        queue: asyncio.Queue[Event] = asyncio.Queue(maxsize=1000)
        self._queues.add(queue)
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._read())
        try:
            while True:
                yield await queue.get()
        finally:
            self._queues.discard(queue)
            if not self._queues and self._reader is not None:
                self._reader.cancel()
                self._reader = None

    async def _read(self) -> None:
        # The client's own time limit must be longer than the blocking read.
        client = redis.asyncio.Redis.from_url(
            self._redis_url, decode_responses=True, socket_timeout=_BLOCK_MILLISECONDS / 1000 + 5
        )
        last_id = "$"
        try:
            while True:
                try:
                    answer = await client.xread({EVENTS_STREAM: last_id}, block=_BLOCK_MILLISECONDS, count=100)
                except REDIS_AWAY:
                    await asyncio.sleep(_RETRY_SECONDS)
                    continue
                for entry_id, event in parse_events(answer):
                    last_id = entry_id
                    self._hand_out(event)
        finally:
            await client.aclose()

    def _hand_out(self, event: Event) -> None:
        for queue in self._queues:
            # A watcher that does not keep up misses events; it reads the database on the next one.
            if not queue.full():
                queue.put_nowait(event)

    def close(self) -> None:
        self._redis.close()


def parse_events(answer: Any) -> list[tuple[str, Event]]:
    """Entries of an XREAD answer; kinds of a newer version are passed over."""
    events = []
    streams = answer.items() if isinstance(answer, dict) else answer or []
    for _, entries in streams:
        for entry_id, fields in entries_of(entries):
            if fields.get("kind") in set(EventKind):
                events.append((entry_id, Event(EventKind(fields["kind"]), fields.get("space_id", ""))))
    return events


def entries_of(entries: Any) -> list[tuple[str, dict[str, str]]]:
    """RESP3 wraps the entries of a stream in one more list than RESP2."""
    found: list[tuple[str, dict[str, str]]] = []
    for entry in entries:
        if isinstance(entry, list):
            found.extend(entries_of(entry))
        else:
            found.append(entry)
    return found
