"""What gateways counted of visits, over Redis."""

import secrets
from collections.abc import Collection

from redis.exceptions import ResponseError

from spaceport.adapters.redis_errors import redis_away_is_unavailable
from spaceport.domain.visit import TAKEN_NUMBER, VISITORS_KEY, VISITS_KEY, VISITS_TAKEN_KEY, read_counts
from spaceport.measure_stores import VisitBatch
from spaceport_runner.connection import connect_briefly

#: A cursor of the database holds as much in all of them.
_LARGEST_NUMBER = 2**31


class RedisVisitCounters:
    """One reader, the controller."""

    def __init__(self, redis_url: str) -> None:
        self._redis = connect_briefly(redis_url)

    def take(self) -> VisitBatch | None:
        with redis_away_is_unavailable():
            if not self._redis.exists(VISITS_TAKEN_KEY):
                try:
                    self._redis.rename(VISITS_KEY, VISITS_TAKEN_KEY)
                except ResponseError:
                    # Nothing was counted: there is no such key.
                    return None
            self._redis.hsetnx(VISITS_TAKEN_KEY, TAKEN_NUMBER, secrets.randbelow(_LARGEST_NUMBER - 1) + 1)
            fields = {str(name): str(value) for name, value in self._redis.hgetall(VISITS_TAKEN_KEY).items()}
        number = int(fields.pop(TAKEN_NUMBER))
        return VisitBatch(number, tuple(read_counts(fields)))

    def forget(self) -> None:
        with redis_away_is_unavailable():
            self._redis.delete(VISITS_TAKEN_KEY)

    def visitors(self, day: str, space_ids: Collection[str]) -> dict[str, int]:
        ids = list(space_ids)
        with redis_away_is_unavailable(), self._redis.pipeline(transaction=False) as pipe:
            for space_id in ids:
                pipe.pfcount(VISITORS_KEY.format(day=day, space_id=space_id))
            counts = pipe.execute()
        return {space_id: int(count) for space_id, count in zip(ids, counts, strict=True)}

    def close(self) -> None:
        self._redis.close()
