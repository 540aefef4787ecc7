"""Tells the controller, through Redis, what is under way and who visited."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from spaceport.domain.route import ACTIVITY_KEY, GATEWAY_KEY, GATEWAY_LIFETIME_SECONDS, GatewayReport
from spaceport.domain.visit import VISITOR_SALT_KEY, VISITORS_KEY, VISITORS_SECONDS, VISITS_KEY
from spaceport.gateway.table import RoutingTable
from spaceport.gateway.traffic import Traffic
from spaceport.gateway.visits import Visits, salted

log = structlog.get_logger()

#: Longest silence towards the controller.
_REPORT_SECONDS = 2.0
#: Reports wait this long for more news, so that a busy gateway sends twenty a second at most.
_GATHER_SECONDS = 0.05
_ACTIVITY_SECONDS = 1.0


class Reporter:
    """
    Publishes the ``GatewayReport`` and what grew of the ``Activity`` of each Space.

    Redis being away costs reports, never a visitor's time: both loops run beside the traffic and try again.
    """

    def __init__(self, gateway_id: str, redis: "Redis", table: RoutingTable, traffic: Traffic, visits: Visits) -> None:
        self._gateway_id = gateway_id
        self._redis = redis
        self._table = table
        self._traffic = traffic
        self._visits = visits
        self._salts: dict[str, bytes] = {}

    async def keep_reporting(self) -> None:
        """Publish the report until cancelled."""
        await self._repeat(self._report_next)

    async def keep_recording(self) -> None:
        """Write down visits until cancelled."""
        await self._repeat(self._record_next)

    async def withdraw(self) -> None:
        """Say the last visits and take the report away: a gateway that is gone must not hold a drain."""
        try:
            await self._record_activity()
            await self._record_visits()
            await self._redis.delete(GATEWAY_KEY + self._gateway_id)
        except (RedisError, OSError) as error:
            log.info("gateway_report_not_withdrawn", reason=str(error))

    async def _repeat(self, once: Callable[[], Awaitable[None]]) -> None:
        was_away = False
        while True:
            try:
                await once()
                was_away = False
            except (RedisError, OSError) as error:
                if not was_away:
                    log.warning("gateway_cannot_report", reason=str(error))
                was_away = True
                await asyncio.sleep(_REPORT_SECONDS / 2)

    async def _report_next(self) -> None:
        try:
            async with asyncio.timeout(_REPORT_SECONDS - 2 * _GATHER_SECONDS):
                await self._traffic.news.wait()
        except TimeoutError:
            pass
        else:
            await asyncio.sleep(_GATHER_SECONDS)
        self._traffic.news.clear()
        report = GatewayReport(
            gateway_id=self._gateway_id,
            routes_version=self._table.version,
            busy=dict(self._traffic.busy),
            open=dict(self._traffic.in_use),
        )
        await self._redis.set(GATEWAY_KEY + self._gateway_id, report.model_dump_json(), ex=GATEWAY_LIFETIME_SECONDS)

    async def _record_next(self) -> None:
        await asyncio.sleep(_ACTIVITY_SECONDS)
        await self._record_activity()
        await self._record_visits()

    async def _record_activity(self) -> None:
        grown = self._traffic.take_grown()
        if not grown:
            return
        try:
            async with self._redis.pipeline(transaction=True) as pipe:
                for space_id, growth in grown.items():
                    for name in ("requests", "errors"):
                        if count := getattr(growth, name):
                            pipe.hincrby(ACTIVITY_KEY, f"{space_id}:{name}", count)
                    for name in ("last_visit_at", "last_use_at"):
                        if (at := getattr(growth, name)) is not None:
                            pipe.hset(ACTIVITY_KEY, f"{space_id}:{name}", str(at))
                await pipe.execute()
        except (RedisError, OSError):
            self._traffic.give_back(grown)
            raise

    async def _record_visits(self) -> None:
        counted = self._visits.take()
        if not counted.numbers and not counted.visitors:
            return
        try:
            salts = {day: await self._salt(day) for day, _ in counted.visitors}
            async with self._redis.pipeline(transaction=True) as pipe:
                for name, count in counted.numbers.items():
                    pipe.hincrby(VISITS_KEY, name, count)
                for (day, space_id), marks in counted.visitors.items():
                    key = VISITORS_KEY.format(day=day, space_id=space_id)
                    pipe.pfadd(key, *(salted(mark, salts[day]) for mark in marks))
                    pipe.expire(key, VISITORS_SECONDS)
                await pipe.execute()
        except (RedisError, OSError):
            self._visits.give_back(counted)
            raise

    async def _salt(self, day: str) -> bytes:
        """That of the day, which all gateways share: whoever needs it first makes it."""
        if day not in self._salts:
            key = VISITOR_SALT_KEY.format(day=day)
            await self._redis.set(key, secrets.token_hex(16), nx=True, ex=VISITORS_SECONDS)
            found = await self._redis.get(key)
            self._salts = {day: found.encode() if isinstance(found, str) else bytes(found or b"")}
        return self._salts[day]
