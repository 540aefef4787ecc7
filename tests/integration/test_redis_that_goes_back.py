"""A Redis that was killed may come back as it was some time ago: nobody goes by what is out of date then."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis import Redis
from tests.e2e.platform import wait_for
from tests.integration.test_fleet import spec_of
from tests.unit.factories import make_report

from spaceport.adapters.fleet import RedisFleet
from spaceport.adapters.route_table import RedisRouteTable
from spaceport.domain.route import ROUTES_KEY, ROUTES_VERSION_KEY, Route, Upstream
from spaceport.domain.stage import Stage
from spaceport_runner.connection import connect_briefly
from spaceport_runner.contract import OBSERVED_KEY, WANTED_KEY, InstanceState
from spaceport_runner.reporter import Reporter


@contextmanager
def undone(redis: Redis) -> Iterator[None]:
    """What is written meanwhile is lost."""
    before: dict[bytes, Any] = {key: redis.dump(key) for key in redis.scan_iter()}
    yield
    redis.flushall()
    for key, value in before.items():
        redis.restore(key, 0, value)


def test_routes_are_written_again_under_a_version_that_grows(redis_url: str, redis: Redis) -> None:
    table = RedisRouteTable(redis_url)
    old, new = (route_to(instance_id) for instance_id in ("old", "new"))
    table.publish({"space": old})
    with undone(redis):
        seen = table.publish({"space": new})

    assert table.publish({"space": new}) > seen
    assert int(redis.get(ROUTES_VERSION_KEY) or 0) > seen
    assert b'"new"' in (redis.hget(ROUTES_KEY, "space") or b"")
    assert [route.version for route in table.published()] == [table.version()]
    table.close()


def test_what_runners_are_to_run_is_told_again(redis_url: str, redis: Redis) -> None:
    fleet = RedisFleet(redis_url)
    fleet.want("local", [spec_of("old")])
    with undone(redis):
        fleet.want("local", [spec_of("new")])

    fleet.want("local", [spec_of("new")])

    assert redis.hkeys(WANTED_KEY.format(runner_id="local")) == [b"new"]
    fleet.close()


def test_what_runners_see_is_reported_again(redis_url: str, redis: Redis) -> None:
    key = OBSERVED_KEY.format(runner_id="local")
    reporter = Reporter(connect_briefly(redis_url), "local", lambda: None)
    reporter.put(make_report("instance", InstanceState.READY), announce=True)
    reporter.start()
    wait_for(lambda: b"ready" in (redis.hget(key, "instance") or b""), 10, "it is reported")
    with undone(redis):
        reporter.put(make_report("instance", InstanceState.EXITED, exit_code=1), announce=True)
        wait_for(lambda: b"exited" in (redis.hget(key, "instance") or b""), 10, "its end is reported")

    wait_for(lambda: b"exited" in (redis.hget(key, "instance") or b""), 10, "its end is reported again")
    reporter.stop()


def route_to(instance_id: str) -> Route:
    return Route(
        space_id="space",
        space_name="ada/demo",
        title="demo",
        hosts=("demo.localhost",),
        stage=Stage.RUNNING,
        upstream=Upstream(instance_id=instance_id, host="127.0.0.1", port=9000),
        page_url="http://127.0.0.1/none",
    )
