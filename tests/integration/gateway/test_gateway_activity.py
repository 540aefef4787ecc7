"""What gateways tell about the use of Spaces, from which the controller decides about sleep."""

import asyncio
from typing import Any

import pytest
from tests.integration.gateway.apps import always, answer

from spaceport.adapters.visit_counters import RedisVisitCounters
from spaceport.domain.visit import TOTAL

pytestmark = pytest.mark.anyio

APP = always(answer(b"app"))
SAYS_HELLO = always(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: hello\n\n")


async def test_two_gateways_add_to_one_count(world: Any) -> None:
    first = await world.start()
    second = await world.start(gateway_id="second", routes_file=world.folder / "second.json")
    await world.publish(upstream=await world.upstream(APP))
    for gateway in (first, second):
        client = await world.client(port=gateway.port)
        for _ in range(3):
            await client.get()

    async def is_summed() -> bool:
        activity = await world.activity()
        return activity is not None and activity.requests == 6

    await world.until(is_summed)


async def test_a_bot_at_one_gateway_does_not_hide_use_at_another(world: Any) -> None:
    first = await world.start()
    second = await world.start(gateway_id="second", routes_file=world.folder / "second.json")
    await world.publish(upstream=await world.upstream(APP))
    await (await world.client(port=first.port)).get()
    used = await world.until(world.activity)
    await (await world.client(port=second.port)).get(User_Agent="UptimeRobot/2.0")

    async def is_told() -> Any:
        activity = await world.activity()
        return activity if activity.requests == 2 else None

    activity = await world.until(is_told)
    assert activity.last_use_at == used.last_use_at
    assert activity.last_visit_at > used.last_visit_at


@pytest.mark.parametrize(
    ("path", "agent", "is_open"),
    [
        ("/gradio_api/queue/data", "Mozilla/5.0", True),
        ("/gradio_api/heartbeat/tab", "Mozilla/5.0", False),
        ("/", "Googlebot/2.1", False),
    ],
)
async def test_only_use_keeps_a_space_up(world: Any, path: str, agent: str, is_open: bool) -> None:
    await world.start()
    await world.publish(upstream=await world.upstream(SAYS_HELLO))
    client = await world.opened(f"GET {path} HTTP/1.1\r\nHost: app.localhost\r\nUser-Agent: {agent}")
    assert (await client.head()).status == 200

    async def is_told() -> Any:
        activity, report = await world.activity(), await world.report()
        return activity if activity and activity.requests and report else None

    activity = await world.until(is_told)
    assert (activity.last_use_at is not None) is is_open
    if is_open:

        async def is_counted() -> bool:
            return (await world.activity()).open == 1

        async def is_over() -> bool:
            return (await world.activity()).open == 0

        await world.until(is_counted)
        await client.close()
        await world.until(is_over)
    else:
        assert activity.open == 0


async def test_the_controller_takes_visitors_and_calls_of_all_gateways_and_no_addresses(world: Any) -> None:
    first = await world.start()
    second = await world.start(gateway_id="second", routes_file=world.folder / "second.json")
    await world.publish(upstream=await world.upstream(APP))
    for gateway in (first, second):
        client = await world.client(port=gateway.port)
        await client.get("/gradio_api/call/greet")
        await client.get("/gradio_api/call/greet", User_Agent="UptimeRobot/2.0")
    await (await world.client(port=first.port)).get("/", User_Agent="another browser")

    counters, taken = RedisVisitCounters(world.redis_server.url), []

    async def is_taken() -> bool:
        batch = await asyncio.to_thread(counters.take)
        if batch is not None:
            taken.extend(batch.calls)
            assert await asyncio.to_thread(counters.take) == batch
            await asyncio.to_thread(counters.forget)
        return sum(each.calls for each in taken if each.endpoint == TOTAL) == 3

    await world.until(is_taken)
    day = taken[0].day
    visitors = await asyncio.to_thread(counters.visitors, day, ["s1", "other"])
    keys = [key async for key in world.redis.scan_iter(match="spaceport:visit*")]
    stored = b"".join([await world.redis.dump(key) or b"" for key in keys])
    counters.close()

    assert sum(each.calls for each in taken if each.endpoint == "/greet") == 2
    assert sum(sum(each.buckets) for each in taken if each.endpoint == TOTAL) == 3
    assert visitors == {"s1": 2, "other": 0}
    assert b"127.0.0.1" not in stored
