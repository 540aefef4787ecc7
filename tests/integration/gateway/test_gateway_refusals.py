"""What the gateway does not let through: requests that two parsers could read differently, and clients that stall."""

import asyncio
from typing import Any

import pytest

pytestmark = pytest.mark.anyio

HOST = b"Host: app.localhost\r\n"


@pytest.fixture
async def reached(world: Any) -> list[bytes]:
    """Starts a gateway before an app, and holds every byte that reaches the app."""
    seen: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            seen.append(data)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    await world.start(header_timeout_seconds=0.3, body_idle_seconds=0.3, max_header_bytes=8192)
    await world.publish(upstream=await world.upstream(handle))
    return seen


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: +3\r\n\r\nabc", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 3, 3\r\n\r\nabc", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n folded\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X : a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\n" + HOST + b"\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: a\nY: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: a\rY: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: a\0b\r\n\r\n", 400),
        (b"GET /a\0b HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"Host: other.localhost\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: app.localhost/evil\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: app.localhost:99999\r\n\r\n", 400),
        (b"GET ftp://app.localhost/ HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"CONNECT app.localhost:80 HTTP/1.1\r\n" + HOST + b"\r\n", 405),
        (b"TRACE / HTTP/1.1\r\n" + HOST + b"\r\n", 405),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 9000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: y\r\n" * 2000 + b"\r\n", 431),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 431),
    ],
)
async def test_ambiguous_requests_are_refused_and_never_reach_an_app(
    world: Any, reached: list[bytes], request_bytes: bytes, status: int
) -> None:
    client = await world.client()
    await client.send(request_bytes)

    reply = await client.reply()

    assert reply.status == status
    assert reply.headers["connection"] == "close"
    assert reached == []
    assert await client.is_closed()


async def test_a_broken_chunk_ends_the_request_and_the_connection(world: Any) -> None:
    """The app got the head already; it must see the request break off, never a body that looks whole."""
    seen: list[bytes] = []
    broke_off = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                seen.append(data)
        except ConnectionError:
            pass
        broke_off.set()

    await world.start()
    await world.publish(upstream=await world.upstream(handle))
    client = await world.opened("POST / HTTP/1.1\r\nHost: app.localhost\r\nTransfer-Encoding: chunked", b"3\r\nabc\r\n")

    async def is_under_way() -> bool:
        return b"abc" in b"".join(seen)

    await world.until(is_under_way)
    await client.send(b"zz\r\n")
    reply = await client.reply()
    async with asyncio.timeout(5):
        await broke_off.wait()

    assert reply.status == 400
    assert not b"".join(seen).endswith(b"0\r\n\r\n")


async def test_a_bad_request_behind_a_good_one_is_refused_after_its_answer(world: Any, reached: list[bytes]) -> None:
    client = await world.client()
    await client.send(b"GET /good HTTP/1.1\r\n" + HOST + b"\r\nGET /bad HTTP/1.1\r\nHost: a b\r\n\r\n")

    replies = [await client.reply(), await client.reply()]

    assert [reply.status for reply in replies] == [200, 400]
    assert b"/bad" not in b"".join(reached)


async def test_a_flood_of_pipelined_requests_is_refused(world: Any, reached: list[bytes]) -> None:
    client = await world.client()
    await client.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n" + (b"GET / HTTP/1.1\r\n" + HOST + b"\r\n") * 500)
    statuses = []
    while (reply := await client.reply()).status == 200:
        statuses.append(reply.status)

    assert reply.status == 429
    assert len(statuses) < 100


async def test_an_endless_header_is_cut_at_the_limit(world: Any, reached: list[bytes]) -> None:
    client = await world.client()
    await client.send(b"GET / HTTP/1.1\r\n" + HOST + b"X: ")

    async def pour() -> None:
        while True:
            await client.send(b"a" * 4096)
            await asyncio.sleep(0)

    pouring = asyncio.create_task(pour())
    reply = await client.reply()
    pouring.cancel()
    await asyncio.wait({pouring})

    assert reply.status == 431


async def test_a_head_that_drips_is_cut(world: Any, reached: list[bytes]) -> None:
    client = await world.client()
    await client.send(b"GET / HTTP/1.1\r\nHo")

    reply = await client.reply()

    assert reply.status == 408
    assert await client.is_closed()


async def test_a_silent_connection_is_closed(world: Any, reached: list[bytes]) -> None:
    client = await world.client()

    assert await client.is_closed()


async def test_an_upload_that_stands_still_is_cut(world: Any) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    await world.start(body_idle_seconds=0.3)
    await world.publish(upstream=await world.upstream(handle))
    client = await world.opened("POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 100", b"only this")

    assert await client.is_closed()


async def test_a_quiet_stream_is_not_cut(world: Any) -> None:
    """The limits for heads and bodies do not apply to an answer: only the stream's own limit does."""
    may_go_on = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
        await may_go_on.wait()
        writer.write(b"1\r\nb\r\n0\r\n\r\n")

    await world.start(header_timeout_seconds=0.2, body_idle_seconds=0.2, keep_alive_seconds=0.2)
    await world.publish(upstream=await world.upstream(handle))
    client = await world.opened("GET / HTTP/1.1\r\nHost: app.localhost")
    await client.head()
    await client.chunk()
    # Another connection that falls under the short limits shows that they were applied meanwhile.
    assert await (await world.client()).is_closed()
    may_go_on.set()

    assert await client.chunk() == b"b"


async def test_connections_beyond_the_limit_are_told_so(world: Any) -> None:
    await world.start(max_connections=2)
    first, second = await world.client(), await world.client()
    assert (await first.get(host="x")).status == (await second.get(host="x")).status == 404

    third = await world.client()

    assert (await third.reply()).status == 503
    assert (await first.get(host="x")).status == 404


async def test_an_app_that_does_not_speak_http_is_a_bad_gateway(world: Any) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")

    await world.start()
    await world.publish(upstream=await world.upstream(handle))
    client = await world.client()

    reply = await client.get()

    assert reply.status == 502
    assert b"not HTTP" in reply.body


async def test_an_endless_head_of_an_app_is_a_bad_gateway(world: Any) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X: " + b"a" * 8000 + b"\r\n")
            await writer.drain()

    await world.start()
    await world.publish(upstream=await world.upstream(handle))
    client = await world.client()

    assert (await client.get()).status == 502
