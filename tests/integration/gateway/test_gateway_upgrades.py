"""WebSocket and other upgrades pass both ways and close cleanly both ways."""

import asyncio
from typing import Any

import pytest

pytestmark = pytest.mark.anyio

ASK = (
    "GET /ws HTTP/1.1\r\nHost: app.localhost\r\nConnection: keep-alive, Upgrade\r\nUpgrade: {}\r\nSec-WebSocket-Key: k"
)
AGREE = (
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n"
)


def shouting(ended: asyncio.Event, seen: list[bytes] | None = None) -> Any:
    """Switches, greets at once, and sends back in capitals what it gets until the other side ends."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if seen is not None:
            seen.append(head)
        writer.write(AGREE + b"greeting")
        while data := await reader.read(65536):
            writer.write(data.upper())
            await writer.drain()
        ended.set()
        writer.write(b"bye")

    return handle


@pytest.mark.parametrize("protocol", ["websocket", "my-protocol/1"])
async def test_bytes_pass_both_ways_after_an_upgrade(world: Any, protocol: str) -> None:
    seen: list[bytes] = []
    await world.start()
    await world.publish(upstream=await world.upstream(shouting(asyncio.Event(), seen)))
    client = await world.opened(ASK.format(protocol))
    reply = await client.head()
    greeting = await client.reader.readexactly(8)
    await client.send(b"\x00\xff hello")

    assert (reply.status, reply.headers["upgrade"], reply.headers["connection"]) == (101, "websocket", "Upgrade")
    assert greeting == b"greeting"
    assert await client.reader.readexactly(8) == b"\x00\xff HELLO"
    assert f"Upgrade: {protocol}\r\n".encode() in seen[0]
    assert b"Connection: Upgrade\r\n" in seen[0]


async def test_bytes_sent_before_the_answer_are_not_lost(world: Any) -> None:
    await world.start()
    await world.publish(upstream=await world.upstream(shouting(asyncio.Event())))
    client = await world.opened(ASK.format("websocket"), b"early")
    await client.head()

    assert await client.reader.readexactly(13) == b"greetingEARLY"


async def test_the_visitors_end_reaches_the_app_and_its_last_words_come_back(world: Any) -> None:
    ended = asyncio.Event()
    await world.start()
    await world.publish(upstream=await world.upstream(shouting(ended)))
    client = await world.opened(ASK.format("websocket"))
    await client.head()
    client.writer.write_eof()
    async with asyncio.timeout(5):
        await ended.wait()
        rest = await client.reader.read()

    assert rest == b"greetingbye"


async def test_the_apps_end_reaches_the_visitor(world: Any) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(AGREE + b"last")

    await world.start()
    await world.publish(upstream=await world.upstream(handle))
    client = await world.opened(ASK.format("websocket"))
    await client.head()

    async with asyncio.timeout(5):
        assert await client.reader.read() == b"last"


async def test_a_refused_upgrade_is_an_ordinary_answer(world: Any) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")

    await world.start()
    await world.publish(upstream=await world.upstream(handle))
    client = await world.opened(ASK.format("websocket"))
    reply = await client.reply()

    assert (reply.status, reply.body) == (403, b"no")
    assert await client.is_closed()


async def test_an_open_websocket_counts_as_busy_until_it_ends(world: Any) -> None:
    await world.start()
    await world.publish(upstream=await world.upstream(shouting(asyncio.Event()), "ws"))
    client = await world.opened(ASK.format("websocket"))
    await client.head()

    async def is_busy() -> bool:
        report = await world.report()
        return report is not None and report.busy == {"ws": 1}

    async def is_free() -> bool:
        report = await world.report()
        return report is not None and report.busy == {}

    await world.until(is_busy)
    await client.close()
    await world.until(is_free)


async def test_a_flood_through_a_tunnel_is_held_back(world: Any) -> None:
    may_read = asyncio.Event()
    total = 20 * 1024 * 1024

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(AGREE)
        await may_read.wait()
        left = total
        while left:
            left -= len(await reader.read(256 * 1024))
        writer.write(b"all")

    await world.start()
    await world.publish(upstream=await world.upstream(handle))
    client = await world.opened(ASK.format("websocket"))
    await client.head()

    async def pour() -> None:
        for _ in range(total // 65536):
            client.writer.write(b"x" * 65536)
            await client.writer.drain()

    pouring = asyncio.create_task(pour())
    await asyncio.wait({pouring}, timeout=0.5)
    is_stuck = not pouring.done()
    may_read.set()
    async with asyncio.timeout(20):
        await pouring
        last = await client.reader.readexactly(3)

    assert is_stuck
    assert last == b"all"
