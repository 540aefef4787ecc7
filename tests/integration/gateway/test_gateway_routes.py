"""Routes change under way, Redis comes and goes, and visitors notice nothing."""

import asyncio
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from spaceport.domain.route import ROUTES_CHANNEL, ROUTES_KEY, Route
from spaceport.domain.stage import Stage
from spaceport.gateway.routes_file import load_routes

pytestmark = pytest.mark.anyio


def says(text: bytes, *, closes: bool = False) -> Any:
    """An app that answers everything with ``text``."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(text), text))
            if closes:
                return

    return handle


def streams(may_end: asyncio.Event) -> Any:
    """An app whose answers begin at once and end when they may."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegin\r\n")
        await may_end.wait()
        writer.write(b"3\r\nend\r\n0\r\n\r\n")

    return handle


async def test_a_published_route_takes_effect_within_milliseconds(world: Any) -> None:
    await world.start()
    old, new = await world.upstream(says(b"old"), "old"), await world.upstream(says(b"new"), "new")
    await world.publish(upstream=old)
    client = await world.client()
    assert (await client.get()).body == b"old"

    await world.publish(upstream=new)

    assert (await client.get()).body == b"new"


async def test_a_request_under_way_finishes_on_the_instance_it_began_on(world: Any) -> None:
    may_end = asyncio.Event()
    await world.start()
    await world.publish(upstream=await world.upstream(streams(may_end), "old"))
    client = await world.opened("GET / HTTP/1.1\r\nHost: app.localhost")
    await client.head()
    await world.publish(upstream=await world.upstream(says(b"new"), "new"))
    other = await world.client()
    assert (await other.get()).body == b"new"
    may_end.set()

    assert [await client.chunk(), await client.chunk(), await client.chunk()] == [b"begin", b"end", b""]


async def test_swapping_under_load_fails_no_request(world: Any) -> None:
    """Each old instance is taken away as soon as the gateway reports that nothing is under way on it."""
    await world.start()
    servers: list[asyncio.Server] = []

    async def new_instance(number: int) -> None:
        instance_id = f"i{number}"
        server = await asyncio.start_server(closing(says(b"%d" % number)), "127.0.0.1", 0)
        servers.append(server)
        port = server.sockets[0].getsockname()[1]
        await world.publish(upstream={"instance_id": instance_id, "host": "127.0.0.1", "port": port})
        if number:
            await world.until(lambda: is_drained(f"i{number - 1}"))
            servers[number - 1].close()

    async def is_drained(instance_id: str) -> bool:
        report = await world.report()
        return report is not None and report.routes_version >= world.version and not report.busy.get(instance_id)

    statuses: list[int] = []
    is_over = False

    async def visit() -> None:
        client = await world.client()
        while not is_over:
            statuses.append((await client.get()).status)

    await new_instance(0)
    visits = [asyncio.create_task(visit()) for _ in range(8)]
    for number in range(1, 8):
        await new_instance(number)
    is_over = True
    await asyncio.gather(*visits)
    servers[-1].close()

    assert len(statuses) > 100
    assert set(statuses) == {200}


def closing(handle: Any) -> Any:
    async def wrapped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handle(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    return wrapped


async def test_a_connection_refused_after_a_swap_follows_the_route(world: Any) -> None:
    """The old instance is gone and the gateway learns of the new one while it tries to connect."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    await world.start()
    await world.publish(upstream={"instance_id": "gone", "host": "127.0.0.1", "port": port})
    client = await world.opened("GET / HTTP/1.1\r\nHost: app.localhost")

    first = await client.reply()
    await world.publish(upstream=await world.upstream(says(b"new"), "new"))

    assert first.status == 502
    assert (await client.get()).body == b"new"


async def test_a_removed_route_is_unknown_at_once(world: Any) -> None:
    await world.start()
    await world.publish(upstream=await world.upstream(says(b"x")))
    client = await world.client()
    await world.redis.hdel(ROUTES_KEY, "s1")
    await world.redis.publish(ROUTES_CHANNEL, "s1")

    async def is_gone() -> bool:
        return bool((await client.get()).status == 404)

    await world.until(is_gone)


async def test_a_star_means_read_everything(world: Any) -> None:
    await world.start()
    route = Route(space_id="s9", space_name="a/b", title="", hosts=("quiet.localhost",), stage=Stage.PAUSED, version=1)
    await world.redis.hset(ROUTES_KEY, "s9", route.model_dump_json())
    await world.redis.publish(ROUTES_CHANNEL, "*")
    client = await world.client()

    async def is_known() -> bool:
        return bool((await client.get(host="quiet.localhost")).status == 503)

    await world.until(is_known)


async def test_a_route_that_cannot_be_read_changes_nothing(world: Any) -> None:
    await world.start()
    await world.publish(upstream=await world.upstream(says(b"still here")))
    await world.redis.hset(ROUTES_KEY, "s1", "{broken")
    await world.redis.publish(ROUTES_CHANNEL, "s1")
    # A later message proves that the broken one was read.
    await world.publish(space_id="s2", hosts=("two.localhost",), stage=Stage.PAUSED)
    client = await world.client()

    assert (await client.get()).body == b"still here"


async def test_spaces_with_a_loopback_address_are_served_there(world: Any) -> None:
    await world.start()
    upstream = await world.upstream(says(b"mine"))
    await world.publish(upstream=upstream, hosts=("app.localhost", "127.64.7.9"))

    async def listens() -> bool:
        try:
            return bool(await world.client(host="127.64.7.9"))
        except OSError:
            return False

    await world.until(listens)
    client = await world.client(host="127.64.7.9")
    reply = await client.get(host=f"127.64.7.9:{world.gateway.port}")
    await world.publish(upstream=upstream, hosts=("app.localhost",))

    async def stopped() -> bool:
        return not await listens()

    assert reply.body == b"mine"
    await world.until(stopped)


async def test_an_address_that_cannot_be_had_is_not_fatal(world: Any) -> None:
    await world.start()
    with socket.socket() as taken:
        taken.bind(("127.64.7.10", world.gateway.port))
        taken.listen()
        await world.publish(upstream=await world.upstream(says(b"x")), hosts=("app.localhost", "127.64.7.10"))
        client = await world.client()

        assert (await client.get()).body == b"x"


async def test_redis_killed_while_serving_is_not_noticed(world: Any) -> None:
    await world.start()
    await world.publish(upstream=await world.upstream(says(b"fine")))
    client = await world.client()
    await client.get()
    world.redis_server.kill()

    async def noticed() -> bool:
        return not world.gateway.is_connected

    await world.until(noticed)
    # A request that waited for Redis would keep them all from being over before the time limit of tests.
    for _ in range(200):
        assert (await client.get()).body == b"fine"

    health = await client.get("/_spaceport/health")
    assert health.status == 200


async def test_redis_that_comes_back_empty_takes_no_route_away(world: Any) -> None:
    await world.start()
    await world.publish(upstream=await world.upstream(says(b"kept")))
    await world.publish(space_id="s2", hosts=("two.localhost",), upstream=await world.upstream(says(b"two")))
    client = await world.client()
    world.redis_server.kill()

    async def lost() -> bool:
        return not world.gateway.is_connected

    await world.until(lost)
    world.redis_server.start()

    async def back() -> bool:
        return bool(world.gateway.is_connected)

    await world.until(back)

    assert (await client.get()).body == b"kept"
    assert world.gateway.routes_version == 0
    # The controller writes the first route anew, with a counter that starts again.
    await world.publish(upstream=await world.upstream(says(b"written anew"), "three"))
    assert world.gateway.routes_version == 1
    assert (await client.get()).body == b"written anew"
    assert (await client.get(host="two.localhost")).body == b"two"


async def test_a_gateway_that_starts_without_redis_serves_from_its_copy(world: Any) -> None:
    await world.start()
    await world.publish(upstream=await world.upstream(says(b"from the copy")), hosts=("app.localhost", "127.64.7.11"))
    await world.stop()
    world.redis_server.kill()

    await world.start(waits=False)
    client = await world.client()

    assert (await client.get()).body == b"from the copy"
    assert (await (await world.client(host="127.64.7.11")).get(host="127.64.7.11")).body == b"from the copy"


async def test_a_gateway_that_is_killed_finds_its_copy(world: Any) -> None:
    await world.start()
    await world.publish(upstream=await world.upstream(says(b"x")))
    path: Path = world.folder / "routes.json"

    async def is_saved() -> bool:
        return path.exists() and len(load_routes(path)[0]) == 1

    await world.until(is_saved)


async def test_a_damaged_copy_is_ignored(world: Any) -> None:
    (world.folder / "routes.json").write_text("{half a fi")
    await world.start()
    await world.publish(upstream=await world.upstream(says(b"x")))

    assert (await (await world.client()).get()).body == b"x"


async def test_busy_counts_streams_but_not_heartbeats(world: Any) -> None:
    may_end = asyncio.Event()
    await world.start()
    await world.publish(upstream=await world.upstream(streams(may_end), "busy-one"))
    for path in ("/events", "/gradio_api/heartbeat/abc"):
        await (await world.opened(f"GET {path} HTTP/1.1\r\nHost: app.localhost")).head()

    async def is_counted() -> bool:
        report = await world.report()
        return report is not None and report.busy == {"busy-one": 1} and report.routes_version == world.version

    await world.until(is_counted)
    may_end.set()

    async def is_free() -> bool:
        report = await world.report()
        return report is not None and report.busy == {}

    await world.until(is_free)
    assert 0 < await world.redis.ttl("spaceport:gateway:test") <= 10


async def test_visits_are_written_down(world: Any) -> None:
    await world.start()
    await world.publish(upstream=await world.upstream(says(b"x")))
    before = time.time()
    client = await world.client()
    for _ in range(3):
        await client.get()

    async def is_written() -> bool:
        activity = await world.activity()
        return activity is not None and activity.requests == 3 and activity.last_visit_at >= before - 1

    await world.until(is_written)


async def test_stopping_lets_a_request_finish_and_takes_the_report_away(world: Any) -> None:
    may_end = asyncio.Event()
    await world.start(drain_seconds=5)
    await world.publish(upstream=await world.upstream(streams(may_end)))
    idle = await world.client()
    await idle.get(host="nowhere")
    client = await world.opened("GET / HTTP/1.1\r\nHost: app.localhost")
    await client.head()
    stopping = asyncio.create_task(world.stop())
    assert await idle.is_closed()
    with pytest.raises(OSError):
        await world.client()
    may_end.set()

    assert [await client.chunk(), await client.chunk(), await client.chunk()] == [b"begin", b"end", b""]
    await stopping
    assert await world.report() is None


async def test_stopping_does_not_wait_for_ever(world: Any) -> None:
    await world.start(drain_seconds=0.2)
    await world.publish(upstream=await world.upstream(streams(asyncio.Event())))
    client = await world.opened("GET / HTTP/1.1\r\nHost: app.localhost")
    await client.head()

    async with asyncio.timeout(5):
        await world.stop()

    assert await client.chunk() == b"begin"
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await client.chunk()
