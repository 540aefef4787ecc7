"""Routes for the gateways, and what gateways report, over Redis."""

from collections.abc import Collection, Iterable, Mapping

from spaceport.adapters.redis_errors import redis_away_is_unavailable
from spaceport.domain.route import (
    ACTIVITY_KEY,
    GATEWAY_KEY,
    ROUTES_CHANNEL,
    ROUTES_KEY,
    ROUTES_VERSION_KEY,
    WAKES_KEY,
    Activity,
    GatewayReport,
    Route,
    read_activity,
)
from spaceport_runner.connection import connect_briefly


class RedisRouteTable:
    """One writer (the controller); readers are safe from any thread."""

    def __init__(self, redis_url: str) -> None:
        self._redis = connect_briefly(redis_url)
        self._published: dict[str, Route] = {}
        self._written_version = 0

    def version(self) -> int:
        with redis_away_is_unavailable():
            return int(self._redis.get(ROUTES_VERSION_KEY) or 0)

    def publish(self, routes: Mapping[str, Route], spared: Collection[str] = ()) -> int:
        with redis_away_is_unavailable():
            if not self._redis.exists(ROUTES_VERSION_KEY) or self.version() < self._written_version:
                # A new or emptied Redis, or one that came back as it was some time ago: versions must go on growing for
                # gateways that remember higher ones.
                seen = [gateway.routes_version for gateway in self.gateways()]
                self._redis.set(ROUTES_VERSION_KEY, max(self._written_version, *seen, 0))
                self._published = {}
            stored = {str(key) for key in self._redis.hkeys(ROUTES_KEY)}
            changed = [route for key, route in routes.items() if self._published.get(key) != route or key not in stored]
            gone = stored - set(routes) - set(spared)
            if not changed and not gone:
                return self.version()
            return self._write(changed, gone, routes)

    def _write(self, changed: list[Route], gone: set[str], routes: Mapping[str, Route]) -> int:
        version = int(self._redis.incr(ROUTES_VERSION_KEY))
        with self._redis.pipeline(transaction=True) as pipe:
            for route in changed:
                text = route.model_copy(update={"version": version}).model_dump_json()
                pipe.hset(ROUTES_KEY, route.space_id, text)
                pipe.publish(ROUTES_CHANNEL, route.space_id)
            for space_id in gone:
                pipe.hdel(ROUTES_KEY, space_id)
                pipe.hdel(ACTIVITY_KEY, *(f"{space_id}:{name}" for name in Activity.model_fields))
                pipe.publish(ROUTES_CHANNEL, space_id)
            pipe.execute()
        self._published, self._written_version = dict(routes), version
        return version

    def published(self) -> list[Route]:
        with redis_away_is_unavailable():
            found = self._redis.hvals(ROUTES_KEY)
        return [Route.model_validate_json(text) for text in found]

    def gateways(self) -> list[GatewayReport]:
        with redis_away_is_unavailable():
            keys = sorted(self._redis.scan_iter(match=f"{GATEWAY_KEY}*", count=1000))
            values = self._redis.mget(keys) if keys else []
        return [GatewayReport.model_validate_json(value) for value in values if value]

    def activity(self) -> dict[str, Activity]:
        with redis_away_is_unavailable():
            found = self._redis.hgetall(ACTIVITY_KEY)
        return read_activity({str(name): str(value) for name, value in found.items()}, self.gateways())

    def wakes(self) -> dict[str, float]:
        with redis_away_is_unavailable():
            found = self._redis.hgetall(WAKES_KEY)
        return {str(space_id): float(at) for space_id, at in found.items()}

    def forget_wakes(self, space_ids: Iterable[str]) -> None:
        if names := list(space_ids):
            with redis_away_is_unavailable():
                self._redis.hdel(WAKES_KEY, *names)

    def close(self) -> None:
        self._redis.close()
