"""A whole gateway: wires the parts, starts them, and stops them in order."""

import asyncio
import contextlib
import gc
import resource
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import structlog
import uvloop
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from spaceport.gateway.context import GatewayContext
from spaceport.gateway.entry import may_stay
from spaceport.gateway.feed import RouteFeed
from spaceport.gateway.listeners import Listeners
from spaceport.gateway.pages import Pages
from spaceport.gateway.pool import UpstreamPool
from spaceport.gateway.reporter import Reporter
from spaceport.gateway.respond import respond, respond_again
from spaceport.gateway.settings import GatewaySettings
from spaceport.gateway.table import RoutingTable, loopback_addresses
from spaceport.gateway.traffic import Traffic
from spaceport.gateway.visitor import Visitor
from spaceport.gateway.visits import Visits
from spaceport.gateway.waiting_room import WaitingRoom
from spaceport.gateway.waker import Waker
from spaceport.gateway.wire import RequestHead

log = structlog.get_logger()

_SWEEP_SECONDS = 1.0
_REDIS_TIMEOUT_SECONDS = 2.0
_COLLECT_AFTER_OBJECTS = 20_000
_CANCEL_AGAIN_SECONDS = 0.2
#: How long a part that broke stays down.
_RESTART_SECONDS = 1.0
#: How often addresses that could not be had are tried again.
_RETRY_ADDRESSES_SECONDS = 5.0


class Gateway:
    """Made inside a running event loop; ``start`` it, and ``stop`` it once."""

    def __init__(self, settings: GatewaySettings) -> None:
        loop = asyncio.get_running_loop()
        self._settings = settings
        self._table = RoutingTable(self._routes_changed)
        self._redis = _connect(settings.redis_url)
        self._context = GatewayContext(
            settings=settings,
            loop=loop,
            table=self._table,
            pool=UpstreamPool(
                loop,
                settings.connect_timeout_seconds,
                settings.upstream_idle_seconds,
                settings.max_idle_per_upstream,
            ),
            traffic=Traffic(time.time),
            visits=Visits(time.time),
            pages=Pages(settings.hub_url),
            waker=Waker(self._redis, time.time),
            room=WaitingRoom(settings.room_limits),
            respond_again=respond_again,
        )
        self._feed = RouteFeed(self._redis, self._table, settings.routes_file)
        self._reporter = Reporter(
            settings.gateway_id, self._redis, self._table, self._context.traffic, self._context.visits
        )
        self._listeners = Listeners(lambda: Visitor(self._context, respond))
        self._addresses_changed = asyncio.Event()
        self._doors_changed = False
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def port(self) -> int:
        """The port that it listens on, useful when the settings said 0."""
        return self._listeners.port

    @property
    def routes_version(self) -> int:
        """The newest route that new requests follow."""
        return self._table.version

    @property
    def is_connected(self) -> bool:
        """Whether changes of routes arrive."""
        return self._feed.is_connected

    async def start(self) -> None:
        """Listen, and serve the routes of the copy on disk until Redis tells more. Raises: OSError."""
        self._feed.load()
        await self._listeners.open(self._settings.listen_host, self._settings.listen_port)
        await self._follow_addresses()
        parts = {
            "feed": self._feed.keep_following,
            "copy": self._feed.keep_saving,
            "reports": self._reporter.keep_reporting,
            "activity": self._reporter.keep_recording,
            "wakes": self._context.waker.keep_noting,
            "sweep": self._sweep,
            "addresses": self._keep_addresses,
        }
        self._tasks = [asyncio.create_task(_keep_running(name, part)) for name, part in parts.items()]
        log.info("gateway_listens", host=self._settings.listen_host, port=self.port, routes=len(self._table))

    async def stop(self) -> None:
        """Accept nobody, let what is under way finish within the drain time, cut the rest."""
        self._listeners.close()
        self._context.is_stopping = True
        for held in self._context.room:
            held.turn_away()
        for visitor in list(self._context.visitors):
            visitor.stop_if_idle()
        await self._drain()
        await self._end_tasks()
        self._context.pool.close()
        await self._feed.save()
        await self._reporter.withdraw()
        await self._redis.aclose()
        log.info("gateway_stopped")

    async def _drain(self) -> None:
        self._context.all_gone.clear()
        if not self._context.visitors:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.drain_seconds):
                await self._context.all_gone.wait()
        if self._context.visitors:
            log.info("gateway_cuts_visitors", visitors=len(self._context.visitors))
        for visitor in list(self._context.visitors):
            visitor.abort()
        # One turn of the loop for the connections to notice.
        await asyncio.sleep(0)

    async def _end_tasks(self) -> None:
        tasks = set(self._tasks)
        while tasks:
            # More than once: asyncio.wait_for, which the Redis client uses, can swallow a cancellation that arrives
            # together with its result (https://github.com/python/cpython/issues/86296, repaired in Python 3.12).
            for task in tasks:
                task.cancel()
            _, tasks = await asyncio.wait(tasks, timeout=_CANCEL_AGAIN_SECONDS)

    def _routes_changed(self) -> None:
        routes = self._table.routes()
        self._context.pool.keep_only([route.upstream for route in routes.values() if route.upstream])
        self._context.dress(routes.values())
        self._context.waker.follow(routes)
        for space_id in self._context.traffic.in_use:
            # A request was on its way while the controller put the Space to sleep: nobody else will wake it.
            if space_id in routes and routes[space_id].wakes_on_visit:
                self._context.waker.note(space_id)
        for held in self._context.room:
            held.follow()
        self._doors_changed = True
        self._context.traffic.news.set()
        self._feed.note_change()
        self._addresses_changed.set()

    def _is_welcome(self, head: RequestHead, entered_at: float) -> bool:
        route = self._table.find(head.host.name)
        return route is None or may_stay(head, route, entered_at)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            self._context.is_connected = self._feed.is_connected
            self._context.pool.sweep()
            if self._doors_changed:
                self._doors_changed = False
                for visitor in list(self._context.visitors):
                    visitor.check_welcome(self._is_welcome)
            now = self._context.loop.time()
            for held in self._context.room:
                held.check(now)
            for visitor in list(self._context.visitors):
                visitor.check_deadline(now)

    async def _keep_addresses(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_RETRY_ADDRESSES_SECONDS):
                    await self._addresses_changed.wait()
            await self._follow_addresses()

    async def _follow_addresses(self) -> None:
        self._addresses_changed.clear()
        if self._settings.listens_on_loopback:
            wanted = loopback_addresses(self._table.routes().values()) - {self._settings.listen_host}
            await self._listeners.follow(wanted)


async def serve(settings: GatewaySettings, stop: asyncio.Event) -> None:
    """
    Run a gateway until ``stop`` is set and its visitors are served. Tunes the process for it: call it once.

    Raises: OSError when the port cannot be had.
    """
    _allow_many_connections()
    _calm_collector()
    async with running(settings):
        await stop.wait()


@contextlib.asynccontextmanager
async def running(settings: GatewaySettings) -> AsyncIterator[Gateway]:
    """A started gateway, stopped at the end."""
    gateway = Gateway(settings)
    await gateway.start()
    try:
        yield gateway
    finally:
        await gateway.stop()


def main(settings: GatewaySettings) -> None:
    """Run a gateway as a process of its own: stops in order on SIGTERM and SIGINT."""
    uvloop.run(_serve_until_signal(settings))


async def _serve_until_signal(settings: GatewaySettings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await serve(settings, stop)


async def _keep_running(name: str, part: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a part for ever. One that breaks is logged and started again; visitors are served meanwhile."""
    while True:
        try:
            await part()
        except Exception:
            # The end of this part: Redis may be away, a file broken; it begins anew with what is there then.
            log.exception("gateway_part_failed", part=name)
        await asyncio.sleep(_RESTART_SECONDS)


def _connect(redis_url: str) -> Redis:
    # Without the client's own retries: the loops that use it know better what to do about an outage, and pub/sub would
    # come back silently with messages lost.
    return Redis.from_url(
        redis_url,
        socket_timeout=_REDIS_TIMEOUT_SECONDS,
        socket_connect_timeout=_REDIS_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


def _allow_many_connections() -> None:
    """Each visitor, instance and address takes a file; the usual soft limit of 1024 is soon reached."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _calm_collector() -> None:
    """What lives at the start lives for ever; what comes and goes with a request is freed without the collector."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER_OBJECTS, 20, 20)
