"""Tells the controller, through Redis, which sleeping Spaces somebody wants."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from spaceport.domain.events import EVENTS_STREAM, KEPT_EVENTS, EventKind
from spaceport.domain.route import WAKES_KEY, Route
from spaceport.domain.stage import Stage

log = structlog.get_logger()

#: A wake is noted again after this long when the Space still sleeps and somebody still wants it.
_AGAIN_SECONDS = 5.0
_RETRY_SECONDS = 0.5


@dataclass
class _Wake:
    """Seconds since the epoch; ``noted_at`` is None when the next visit must be noted."""

    began_at: float
    noted_at: float | None = None


class Waker:
    """
    Notes the first visit to a sleeping Space under WAKES_KEY and publishes an event, once for all who wait.

    ``clock`` gives seconds since the epoch.
    """

    def __init__(self, redis: Redis, clock: Callable[[], float]) -> None:
        self._redis = redis
        self._clock = clock
        self._wakes: dict[str, _Wake] = {}
        self._due: dict[str, float] = {}
        self._is_due = asyncio.Event()

    def note(self, space_id: str) -> None:
        """Somebody wants this Space, which is asleep."""
        now = self._clock()
        wake = self._wakes.setdefault(space_id, _Wake(now))
        if wake.noted_at is None or now - wake.noted_at >= _AGAIN_SECONDS:
            wake.noted_at = now
            self._due.setdefault(space_id, now)
            self._is_due.set()

    def waking_seconds(self, space_id: str) -> float | None:
        """How long a Space has been waking up, None when nobody here woke it."""
        wake = self._wakes.get(space_id)
        return None if wake is None else max(0.0, self._clock() - wake.began_at)

    def follow(self, routes: Mapping[str, Route]) -> None:
        """The routes changed: forget wakes that are over, one way or the other."""
        for space_id, wake in list(self._wakes.items()):
            route = routes.get(space_id)
            if route is None or not (route.wakes_on_visit or route.stage is Stage.APP_STARTING):
                del self._wakes[space_id]
            elif not route.wakes_on_visit:
                # Were it to fall asleep again, even a moment later, that would be another wake.
                wake.noted_at = None

    async def keep_noting(self) -> None:
        """Write down wakes until cancelled."""
        was_away = False
        while True:
            await self._is_due.wait()
            try:
                await self._note_due()
                was_away = False
            except (RedisError, OSError) as error:
                if not was_away:
                    log.warning("wake_not_noted", spaces=sorted(self._due), reason=str(error))
                was_away = True
                await asyncio.sleep(_RETRY_SECONDS)

    async def _note_due(self) -> None:
        due = dict(self._due)
        async with self._redis.pipeline(transaction=True) as pipe:
            for space_id, at in due.items():
                pipe.hsetnx(WAKES_KEY, space_id, str(at))
                fields = {"kind": str(EventKind.WOKEN), "space_id": space_id}
                pipe.xadd(EVENTS_STREAM, fields, maxlen=KEPT_EVENTS, approximate=True)  # type: ignore[arg-type]
            await pipe.execute()
        self._due = {space_id: at for space_id, at in self._due.items() if space_id not in due}
        if not self._due:
            self._is_due.clear()
