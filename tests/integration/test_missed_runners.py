"""What is remembered of runners that give no sign of life, on a real Redis."""

from redis import Redis
from tests.unit.factories import NOW, ago

from spaceport.adapters.fleet import RedisFleet


def test_the_next_controller_knows_since_when_a_runner_is_missed_and_nobody_knows_it_for_long(
    redis_url: str, redis: Redis
) -> None:
    before, after = RedisFleet(redis_url), RedisFleet(redis_url)
    before.note_missed({"lost": ago(100), "late": NOW})

    assert after.missed() == {"lost": ago(100), "late": NOW}
    [key] = redis.keys("spaceport:missed*")
    assert 0 < int(redis.ttl(key)) <= 60
    redis.delete(key)
    assert after.missed() == {}

    before.close()
    after.close()
