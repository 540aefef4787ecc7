"""Bodies and streams arrive as they were sent, and take no memory on the way."""

import asyncio
import hashlib
from typing import Any

import pytest
from tests.integration.gateway.apps import always, answer, echo, read_body

pytestmark = pytest.mark.anyio

PIECE = b"0123456789abcdef" * 4096
LARGE_BYTES = 200 * 1024 * 1024
#: What the process may grow by while a large body passes: buffers of sockets and of the streams of the test itself.
FLAT_BYTES = 24 * 1024 * 1024


def resident_bytes() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


@pytest.mark.parametrize("framing", ["length", "chunked"])
async def test_request_bodies_arrive_whole(world: Any, framing: str) -> None:
    await world.start()
    await world.publish(upstream=await world.upstream(echo()))
    client = await world.client()
    body = PIECE * 5
    if framing == "length":
        await client.send(
            b"POST /u HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        )
    else:
        pieces = b"".join(b"%x\r\n%b\r\n" % (len(PIECE), PIECE) for _ in range(5))
        await client.send(
            b"POST /u HTTP/1.1\r\nHost: app.localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            + pieces
            + b"0\r\nTrailer: dropped\r\n\r\n"
        )

    reply = await client.reply()

    assert reply.body == body
    assert (await client.get()).status == 200


async def test_expect_100_continue_is_the_apps_to_answer(world: Any) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        writer.write(answer(await read_body(reader, head)))

    await world.start()
    await world.publish(upstream=await world.upstream(handle))
    client = await world.client()
    await client.send(b"POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
    interim = await client.head()
    await client.send(b"body")

    assert interim.status == 100
    assert (await client.reply()).body == b"body"


@pytest.mark.parametrize(
    ("method", "response"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
        ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 1000\r\n\r\n'),
    ],
)
async def test_answers_without_a_body_leave_the_connection_usable(world: Any, method: str, response: bytes) -> None:
    await world.start()
    await world.publish(upstream=await world.upstream(always(response)))
    client = await world.client()
    for _ in range(2):
        await client.send(f"{method} / HTTP/1.1\r\nHost: app.localhost\r\n\r\n".encode())

        reply = await client.reply(is_head=True)

        assert reply.status == int(response.split()[1])


async def test_an_answer_that_ends_with_the_connection_is_chunked_for_the_visitor(world: Any) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello ")
        await writer.drain()
        writer.write(b"world")

    await world.start()
    await world.publish(upstream=await world.upstream(handle))
    client = await world.client()

    assert (await client.get()).body == b"hello world"
    assert (await client.get()).body == b"hello world"


async def test_http_10_clients_get_no_chunks(world: Any) -> None:
    response = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    await world.start()
    await world.publish(upstream=await world.upstream(always(response)))
    client = await world.client()
    await client.send(b"GET / HTTP/1.0\r\nHost: app.localhost\r\n\r\n")

    reply = await client.reply()

    assert "transfer-encoding" not in reply.headers
    assert reply.body == b"hello"


async def test_the_first_event_arrives_before_the_second_is_sent(world: Any) -> None:
    may_go_on = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        writer.write(b"9\r\ndata: 1\n\n\r\n")
        await may_go_on.wait()
        writer.write(b"9\r\ndata: 2\n\n\r\n0\r\n\r\n")

    await world.start()
    await world.publish(upstream=await world.upstream(handle))
    client = await world.client()
    await client.send(b"GET /events HTTP/1.1\r\nHost: app.localhost\r\nAccept: text/event-stream\r\n\r\n")
    await client.head()
    first = await client.chunk()
    may_go_on.set()

    assert first == b"data: 1\n\n"
    assert await client.chunk() == b"data: 2\n\n"


async def test_a_large_upload_to_a_slow_app_takes_no_memory(world: Any) -> None:
    digest = hashlib.sha256()
    may_read = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await may_read.wait()
        left = LARGE_BYTES
        while left:
            data = await reader.read(256 * 1024)
            digest.update(data)
            left -= len(data)
        writer.write(answer(b"done"))

    await world.start()
    await world.publish(upstream=await world.upstream(handle))
    client = await world.client()
    await client.send(b"POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: %d\r\n\r\n" % LARGE_BYTES)
    before = resident_bytes()

    async def upload() -> None:
        for _ in range(LARGE_BYTES // len(PIECE)):
            client.writer.write(PIECE)
            await client.writer.drain()

    uploading = asyncio.create_task(upload())
    # Nothing is read yet: the sender must get stuck long before everything is sent.
    await asyncio.wait({uploading}, timeout=0.5)
    is_stuck, peak = not uploading.done(), resident_bytes()
    may_read.set()
    async with asyncio.timeout(60):
        await uploading
    reply = await client.reply()

    assert is_stuck
    assert reply.body == b"done"
    assert digest.hexdigest() == hashlib.sha256(PIECE * (LARGE_BYTES // len(PIECE))).hexdigest()
    assert max(peak, resident_bytes()) - before < FLAT_BYTES + LARGE_BYTES * 0.01


async def test_a_large_download_to_a_slow_visitor_takes_no_memory(world: Any) -> None:
    sent = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % LARGE_BYTES)
        for _ in range(LARGE_BYTES // len(PIECE)):
            writer.write(PIECE)
            await writer.drain()
            sent += len(PIECE)

    async def is_stuck() -> bool:
        before = sent
        await asyncio.sleep(0.2)
        return sent == before > 0

    await world.start()
    await world.publish(upstream=await world.upstream(handle))
    client = await world.client()
    before = resident_bytes()
    await client.send(b"GET / HTTP/1.1\r\nHost: app.localhost\r\n\r\n")
    await world.until(is_stuck)
    stuck_at, peak = sent, resident_bytes()
    await client.head()
    received = 0
    async with asyncio.timeout(60):
        while received < LARGE_BYTES:
            received += len(await client.reader.read(256 * 1024))

    assert stuck_at < LARGE_BYTES / 4
    assert received == LARGE_BYTES
    assert max(peak, resident_bytes()) - before < FLAT_BYTES


async def test_an_answer_cut_by_the_app_is_cut_for_the_visitor(world: Any) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")

    await world.start()
    await world.publish(upstream=await world.upstream(handle))
    client = await world.client()

    with pytest.raises(asyncio.IncompleteReadError):
        await client.get()


async def test_an_early_answer_to_an_upload_is_delivered(world: Any) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(b"too much", status="413 Too Large"))
        while await reader.read(65536):
            pass

    await world.start()
    await world.publish(upstream=await world.upstream(handle))
    client = await world.client()
    await client.send(b"POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 100000000\r\n\r\n" + PIECE)

    reply = await client.reply()

    assert (reply.status, reply.body) == (413, b"too much")
    assert await client.is_closed()
