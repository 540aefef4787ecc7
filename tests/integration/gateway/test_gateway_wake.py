"""A sleeping Space: who wakes it, who waits for it, and how the wait ends."""

import asyncio
import json
from typing import Any

import pytest
from tests.integration.gateway.apps import always, answer, echo

from spaceport.domain.events import EVENTS_STREAM
from spaceport.domain.route import WAKES_KEY
from spaceport.domain.stage import Stage
from spaceport.gateway.waiting_room import RoomLimits

pytestmark = pytest.mark.anyio

ASLEEP: dict[str, Any] = {"stage": Stage.SLEEPING, "wakes_on_visit": True}
CLIENT = "gradio_client/2.7.2; hf_hub/1.0"


async def until_woken(world: Any) -> None:
    async def is_noted() -> bool:
        return bool(await world.redis.hexists(WAKES_KEY, "s1"))

    await world.until(is_noted)


async def events(world: Any) -> list[dict[bytes, bytes]]:
    return [fields for _, fields in await world.redis.xrange(EVENTS_STREAM)]


async def until_waiting(world: Any, count: int = 1) -> None:
    """Until so many requests are counted as open."""

    async def is_counted() -> bool:
        report = await world.report()
        return report is not None and report.open.get("s1", 0) == count

    await world.until(is_counted)


async def test_ten_requests_at_once_wake_a_space_once_and_are_all_answered(world: Any) -> None:
    seen: list[bytes] = []
    await world.start()
    await world.publish(**ASLEEP)
    clients = [await world.opened(f"GET /{number} HTTP/1.1\r\nHost: app.localhost") for number in range(10)]
    await until_woken(world)
    await until_waiting(world, 10)
    await world.publish(stage=Stage.APP_STARTING)
    await world.publish(upstream=await world.upstream(always(answer(b"awake"), seen)))
    replies = [await client.reply() for client in clients]

    assert [(reply.status, reply.body) for reply in replies] == [(200, b"awake")] * 10
    assert await events(world) == [{b"kind": b"space.woken", b"space_id": b"s1"}]
    assert len(seen) == 10


async def test_a_held_connection_goes_on_with_its_next_requests(world: Any) -> None:
    seen: list[bytes] = []
    await world.start()
    await world.publish(**ASLEEP)
    client = await world.opened("GET /1 HTTP/1.1\r\nHost: app.localhost\r\n\r\nGET /2 HTTP/1.1\r\nHost: app.localhost")
    await until_woken(world)
    await world.publish(upstream=await world.upstream(always(answer(b"awake"), seen)))
    assert [(await client.reply()).status for _ in range(2)] == [200, 200]

    assert [head.split()[1] for head in seen] == [b"/1", b"/2"]


@pytest.mark.parametrize("size", [10, 3_000_000])
@pytest.mark.parametrize("is_chunked", [False, True])
async def test_a_held_body_arrives_whole(world: Any, size: int, is_chunked: bool) -> None:
    await world.start()
    await world.publish(**ASLEEP)
    framing = "Transfer-Encoding: chunked" if is_chunked else f"Content-Length: {size}"
    body = b"x" * size
    sent = b"%x\r\n%b\r\n0\r\n\r\n" % (size, body) if is_chunked else body
    client = await world.opened(f"POST / HTTP/1.1\r\nHost: app.localhost\r\n{framing}")
    sending = asyncio.ensure_future(client.send(sent))
    await until_woken(world)
    await world.publish(upstream=await world.upstream(echo()))
    reply = await client.reply()
    await sending

    assert (reply.status, reply.body == body) == (200, True)


async def test_a_large_body_waits_at_its_sender(world: Any) -> None:
    await world.start()
    await world.publish(**ASLEEP)
    client = await world.opened("POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 300000000")
    await until_waiting(world)
    client.writer.write(b"x" * 100_000_000)
    await until_woken(world)

    assert client.writer.transport.get_write_buffer_size() > 50_000_000
    client.writer.transport.abort()


@pytest.mark.parametrize(
    "head",
    [
        "HEAD / HTTP/1.1\r\nHost: app.localhost",
        "OPTIONS /call HTTP/1.1\r\nHost: app.localhost\r\nOrigin: http://x\r\nAccess-Control-Request-Method: POST",
        "POST /form HTTP/1.1\r\nHost: app.localhost\r\nAccept: text/html\r\nContent-Length: 0",
        "GET /stream HTTP/1.1\r\nHost: app.localhost\r\nAccept: text/event-stream",
    ],
)
async def test_what_only_the_app_can_answer_is_held(world: Any, head: str) -> None:
    await world.start()
    await world.publish(**ASLEEP)
    client = await world.opened(head)
    await until_woken(world)
    await world.publish(upstream=await world.upstream(always(answer(b"", "X-App: yes"))))

    assert (await client.reply(is_head=True)).headers["x-app"] == "yes"


async def test_a_web_socket_waits_for_its_app(world: Any) -> None:
    async def app(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        writer.write(b"got " + await reader.readexactly(5))

    await world.start()
    await world.publish(**ASLEEP)
    head = "GET /ws HTTP/1.1\r\nHost: app.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket"
    client = await world.opened(head, b"early")
    await until_woken(world)
    await world.publish(upstream=await world.upstream(app))
    reply = await client.head()

    assert reply.status == 101
    assert await client.reader.readexactly(9) == b"got early"


async def test_a_browser_sees_at_once_that_the_space_wakes_up(world: Any) -> None:
    await world.start()
    await world.publish(**ASLEEP, wake_seconds=14)
    reply = await (await world.client()).get(Accept="text/html")
    await until_woken(world)

    assert (reply.status, reply.headers["retry-after"], reply.headers["x-spaceport-stage"]) == (503, "14", "SLEEPING")
    assert b"Waking up" in reply.body
    assert b"<progress" in reply.body


@pytest.mark.parametrize(
    ("path", "agent"),
    [("/", "Mozilla/5.0 (compatible; Googlebot/2.1)"), ("/", "UptimeRobot/2.0"), ("/_spaceport/health", "curl/8")],
)
async def test_bots_and_probes_wake_nobody(world: Any, path: str, agent: str) -> None:
    await world.start()
    await world.publish(**ASLEEP)
    reply = await (await world.client()).get(path, User_Agent=agent)
    heartbeat = await world.opened("GET /gradio_api/heartbeat/tab HTTP/1.1\r\nHost: app.localhost")
    await world.until(world.report)

    assert reply.status == (200 if path.endswith("health") else 503)
    assert await world.redis.exists(WAKES_KEY) == 0
    await world.publish(upstream=await world.upstream(always(answer(b"beat"))))
    assert (await heartbeat.reply()).body == b"beat"
    assert await events(world) == []


async def test_a_wake_that_fails_is_told_to_all_who_wait(world: Any) -> None:
    await world.start()
    await world.publish(**ASLEEP)
    client = await world.opened("POST /call HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 2", b"{}")
    await until_woken(world)
    await world.publish(stage=Stage.RUNTIME_ERROR, reason="it ended with code 1")
    reply = await client.reply()

    told = json.loads(reply.body)
    assert (reply.status, told["stage"], told["reason"]) == (503, "RUNTIME_ERROR", "it ended with code 1")
    assert "retry-after" not in reply.headers


async def test_nobody_is_held_for_ever(world: Any) -> None:
    await world.start(room_limits=RoomLimits(seconds=0, away_seconds=0))
    await world.publish(**ASLEEP, wake_seconds=7)
    asleep = await (await world.client()).get()
    await world.publish()
    away = await (await world.client()).get()

    assert (asleep.status, asleep.headers["retry-after"], json.loads(asleep.body)["stage"]) == (503, "7", "SLEEPING")
    assert (away.status, away.headers["retry-after"]) == (502, "3")


@pytest.mark.parametrize("limits", [RoomLimits(per_space=1), RoomLimits(in_all=1)])
async def test_more_than_there_is_room_for_are_asked_to_come_again(world: Any, limits: RoomLimits) -> None:
    await world.start(room_limits=limits)
    await world.publish(**ASLEEP)
    first = await world.opened("GET / HTTP/1.1\r\nHost: app.localhost")
    await until_waiting(world)
    refused = await (await world.client()).get()
    assert (refused.status, refused.headers["retry-after"]) == (503, "2")
    assert "room" in json.loads(refused.body)["error"]

    await first.close()
    await until_waiting(world, 0)
    second = await world.opened("GET / HTTP/1.1\r\nHost: app.localhost")
    await until_waiting(world)
    await world.publish(upstream=await world.upstream(always(answer(b"awake"))))
    assert (await second.reply()).body == b"awake"


async def test_bodies_have_a_limit_of_their_own(world: Any) -> None:
    await world.start(room_limits=RoomLimits(bytes_in_all=15))
    await world.publish(**ASLEEP)
    first = await world.opened("POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 10", b"0123456789")
    await until_waiting(world)
    second = await world.opened("POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 10", b"0123456789")

    assert (await second.reply()).status == 503
    await world.publish(upstream=await world.upstream(echo()))
    assert (await first.reply()).body == b"0123456789"


async def test_gradio_s_client_hears_something_until_its_config_is_there(world: Any) -> None:
    seen: list[bytes] = []
    await world.start()
    await world.publish(**ASLEEP)
    head = f"GET /config HTTP/1.1\r\nHost: app.localhost\r\nUser-Agent: {CLIENT}\r\nAccept-Encoding: gzip"
    client = await world.opened(head)
    early = await client.head()
    assert (early.status, early.headers["content-type"]) == (200, "application/json")
    assert [await client.chunk(), await client.chunk()] == [b" ", b" "]

    await world.publish(upstream=await world.upstream(always(answer(b'{"version": "6"}'), seen)))
    rest = [piece async for piece in chunks(client)]
    assert json.loads(b"".join(rest)) == {"version": "6"}
    assert b"gzip" not in seen[0]
    assert (await client.get("/config", User_Agent=CLIENT)).headers.get("transfer-encoding") is None


@pytest.mark.parametrize("how", ["stage", "status"])
async def test_gradio_s_client_fails_when_its_config_does_not_come(world: Any, how: str) -> None:
    await world.start()
    await world.publish(**ASLEEP)
    client = await world.opened(f"GET /config HTTP/1.1\r\nHost: app.localhost\r\nUser-Agent: {CLIENT}")
    assert (await client.head()).status == 200
    if how == "stage":
        await world.publish(stage=Stage.RUNTIME_ERROR, reason="it ended with code 1")
    else:
        await world.publish(upstream=await world.upstream(always(answer(b"{}", status="500 Oops"))))
    body = b"".join([piece async for piece in chunks(client)])

    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(body)
    assert (b"it ended with code 1" if how == "stage" else b"status 500") in body


async def test_a_wake_is_noted_as_soon_as_redis_is_back(world: Any) -> None:
    await world.start()
    await world.publish(**ASLEEP)
    world.redis_server.kill()
    client = await world.opened("GET / HTTP/1.1\r\nHost: app.localhost")
    world.redis_server.socket.unlink(missing_ok=True)
    world.redis_server.start()
    await world.until(lambda: asyncio.sleep(0, world.redis_server.socket.exists()))

    await until_woken(world)
    await client.close()


async def test_a_space_put_to_sleep_in_the_middle_of_a_request_is_woken_again(world: Any) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    await world.start()
    await world.publish(upstream=await world.upstream(silent))
    await world.opened("GET / HTTP/1.1\r\nHost: app.localhost")
    await until_waiting(world)
    await world.publish(**ASLEEP)

    await until_woken(world)


async def test_a_gateway_that_stops_lets_go_of_who_waits(world: Any) -> None:
    await world.start()
    await world.publish(**ASLEEP)
    client = await world.opened("GET / HTTP/1.1\r\nHost: app.localhost")
    await until_waiting(world)
    await world.stop()

    assert (await client.reply()).status == 503


async def chunks(client: Any) -> Any:
    while piece := await client.chunk():
        yield piece
