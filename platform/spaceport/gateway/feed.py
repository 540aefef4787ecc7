"""Learns routes from Redis: at once by message, again and again by reading all; from disk while Redis is away."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import structlog
from pydantic import ValidationError
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from spaceport.domain.route import ROUTES_CHANNEL, ROUTES_KEY, ROUTES_VERSION_KEY, Route
from spaceport.gateway.routes_file import load_routes, save_routes
from spaceport.gateway.table import RoutingTable

log = structlog.get_logger()

#: Everything is read this often, to repair what a lost message left wrong.
_REPAIR_SECONDS = 5.0
_SHORTEST_BACKOFF_SECONDS = 0.1
_LONGEST_BACKOFF_SECONDS = 2.0
#: After Redis lost data, routes that it does not hold are kept this long: the controller is writing them anew.
_REFILL_SECONDS = 60.0
#: Changes of the table are gathered this long before the copy on disk is written.
_SAVE_SECONDS = 0.5


@dataclass(frozen=True)
class Known:
    """
    What a gateway knows of the routes.

    ``counter`` is the version counter as last read from Redis. ``refill_until`` (monotonic seconds) is set while Redis
    is being filled anew after it lost data.
    """

    routes: dict[str, Route]
    version: int
    counter: int
    refill_until: float | None = None


def merge(known: Known, read: dict[str, Route], counter: int, now: float) -> Known:
    """
    What is known after reading all of Redis: ``read`` and ``counter``.

    A counter that went back means that Redis lost data. What it lost keeps being served, with version 0 so that
    whatever is written next wins. Otherwise Redis is right, and the counter of the *previous* read counts as seen: it
    covers removals, and by now the write that it was raised for has landed too.
    """
    newest = max((route.version for route in read.values()), default=0)
    went_back = counter < max(known.counter, known.version)
    refill_until = now + _REFILL_SECONDS if went_back else known.refill_until
    if refill_until is not None and (now < refill_until or not read):
        kept = {key: route.model_copy(update={"version": 0}) for key, route in known.routes.items() if key not in read}
        return Known({**kept, **read}, newest, counter, refill_until)
    return Known(read, max(newest, known.version, known.counter), counter)


class RouteFeed:
    """
    Keeps a routing table like the one in Redis.

    ``is_connected`` tells whether changes arrive now; without Redis the table stays as it was.
    """

    def __init__(self, redis: Redis, table: RoutingTable, routes_file: Path) -> None:
        self.is_connected = False
        self._redis = redis
        self._table = table
        self._routes_file = routes_file
        self._counter = 0
        self._refill_until: float | None = None
        self._parsed: dict[bytes, tuple[bytes | str, Route]] = {}
        self._changed = asyncio.Event()

    def load(self) -> None:
        """Start from the copy on disk. One that cannot be used is logged: Redis will tell."""
        try:
            routes, version = load_routes(self._routes_file)
        except (ValueError, OSError) as error:
            log.warning("routes_copy_unusable", path=str(self._routes_file), reason=str(error))
            return
        self._counter = version
        self._table.replace(routes, version)

    def note_change(self) -> None:
        """The table changed: the copy on disk is due."""
        self._changed.set()

    async def keep_following(self) -> None:
        """Follow Redis until cancelled, through any number of outages."""
        backoff_seconds = _SHORTEST_BACKOFF_SECONDS
        while True:
            try:
                await self._follow()
            except (RedisError, OSError) as error:
                if self.is_connected or backoff_seconds == _SHORTEST_BACKOFF_SECONDS:
                    log.warning("routes_feed_lost", reason=str(error), routes_kept=len(self._table))
                if self.is_connected:
                    backoff_seconds = _SHORTEST_BACKOFF_SECONDS
                self.is_connected = False
            await asyncio.sleep(backoff_seconds)
            backoff_seconds = min(2 * backoff_seconds, _LONGEST_BACKOFF_SECONDS)

    async def keep_saving(self) -> None:
        """Keep the copy on disk like the table until cancelled."""
        while True:
            await self._changed.wait()
            await asyncio.sleep(_SAVE_SECONDS)
            self._changed.clear()
            await self.save()

    async def save(self) -> None:
        """Write the copy on disk now."""
        routes, version = self._table.routes().values(), self._table.version
        try:
            await asyncio.to_thread(save_routes, self._routes_file, routes, version)
        except OSError as error:
            log.warning("routes_copy_not_saved", path=str(self._routes_file), reason=str(error))

    async def _follow(self) -> None:
        async with self._redis.pubsub() as messages:
            # Subscribed first, read second: what changes in between arrives as a message.
            await messages.subscribe(ROUTES_CHANNEL)
            await self._read_all()
            log.info("routes_feed_connected", routes=len(self._table), version=self._table.version)
            self.is_connected = True
            await self._listen(messages)

    async def _listen(self, messages: PubSub) -> None:
        loop = asyncio.get_running_loop()
        repair_at = loop.time() + _REPAIR_SECONDS
        while True:
            left_seconds = max(repair_at - loop.time(), 0.001)
            message = await messages.get_message(ignore_subscribe_messages=True, timeout=left_seconds)
            changed: set[bytes] = set()
            while message is not None:
                # What was written together must be taken in together: all of it has one version.
                changed.add(message["data"])
                message = await messages.get_message(ignore_subscribe_messages=True, timeout=0)
            if b"*" in changed or loop.time() >= repair_at:
                await self._read_all()
                repair_at = loop.time() + _REPAIR_SECONDS
            elif changed:
                await self._read_some(sorted(changed))

    async def _read_some(self, space_ids: list[bytes]) -> None:
        raw_routes = await self._redis.hmget(ROUTES_KEY, space_ids)
        found = [self._parse(key, raw) for key, raw in zip(space_ids, raw_routes, strict=True) if raw is not None]
        removed = [key.decode() for key, raw in zip(space_ids, raw_routes, strict=True) if raw is None]
        self._table.change([route for route in found if route is not None], removed)

    async def _read_all(self) -> None:
        async with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.get(ROUTES_VERSION_KEY)
            pipeline.hgetall(ROUTES_KEY)
            counter, raw_routes = await pipeline.execute()
        parsed = [self._parse(space_id, raw) for space_id, raw in raw_routes.items()]
        read = {route.space_id: route for route in parsed if route is not None}
        self._parsed = {key: value for key, value in self._parsed.items() if key in raw_routes}
        known = Known(self._table.routes(), self._table.version, self._counter, self._refill_until)
        after = merge(known, read, int(counter or 0), asyncio.get_running_loop().time())
        if after.refill_until != known.refill_until:
            log.warning("redis_lost_routes", kept=len(after.routes), read=len(read))
        self._counter, self._refill_until = after.counter, after.refill_until
        self._table.replace(after.routes.values(), after.version)

    def _parse(self, space_id: bytes, raw: bytes | str) -> Route | None:
        """The route, or the last one that made sense. Parsed once: the repair reads the same bytes over and over."""
        last = self._parsed.get(space_id)
        if last is not None and last[0] == raw:
            return last[1]
        try:
            route = Route.model_validate_json(raw)
        except ValidationError as error:
            log.error("route_unreadable", space_id=space_id.decode(errors="replace"), reason=str(error))
            return last[1] if last else None
        self._parsed[space_id] = (raw, route)
        return route
