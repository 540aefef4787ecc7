"""What goes through the gateway arrives where it should: hosts, headers, connections."""

import asyncio
import contextlib
from typing import Any

import pytest
from tests.integration.gateway.apps import always, answer, echo, read_body

pytestmark = pytest.mark.anyio

PIECE = b"0123456789abcdef" * 4096


async def test_a_request_reaches_the_instance_of_its_host(world: Any) -> None:
    await world.start()
    await world.publish(upstream=await world.upstream(always(answer(b"hello"))))
    client = await world.client()

    reply = await client.get(host="APP.localhost.:7701")

    assert (reply.status, reply.body) == (200, b"hello")


async def test_connections_are_kept_on_both_sides(world: Any) -> None:
    connections = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(1)
        await always(answer(b"x"))(reader, writer)

    await world.start()
    await world.publish(upstream=await world.upstream(handle))
    client = await world.client()
    for _ in range(5):
        await client.get()

    assert len(connections) == 1


async def test_forwarded_headers_tell_the_app_its_public_address(world: Any) -> None:
    seen: list[bytes] = []
    await world.start()
    await world.publish(upstream=await world.upstream(always(answer(b""), seen)))
    client = await world.client()

    await client.get(
        host="app.localhost:7701",
        X_Forwarded_Host="evil.example",
        X_Forwarded_For="1.2.3.4",
        X_Spaceport_User="root",
        Cookie="a=b; spaceport_session=secret",
        Authorization="Bearer hf_secret",
    )

    head = seen[0].decode()
    assert "X-Forwarded-Host: app.localhost:7701\r\n" in head
    assert "X-Forwarded-Proto: http\r\n" in head
    assert "X-Forwarded-For: 127.0.0.1\r\n" in head
    assert "X-Forwarded-Port: 7701\r\n" in head
    assert "Cookie: a=b\r\n" in head
    assert not any(word in head for word in ("evil", "1.2.3.4", "secret", "root"))


async def test_pipelined_requests_are_answered_in_order(world: Any) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            body = await read_body(reader, head)
            writer.write(answer(head.split()[1] + body))

    await world.start()
    await world.publish(upstream=await world.upstream(handle))
    client = await world.client()
    await client.send(
        b"GET /1 HTTP/1.1\r\nHost: app.localhost\r\n\r\n"
        b"POST /2 HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 3\r\n\r\nabc"
        b"GET /3 HTTP/1.1\r\nHost: nowhere.localhost\r\n\r\n"
        b"GET /4 HTTP/1.1\r\nHost: app.localhost\r\n\r\n"
    )

    replies = [await client.reply() for _ in range(4)]

    assert [reply.status for reply in replies] == [200, 200, 404, 200]
    assert [replies[index].body for index in (0, 1, 3)] == [b"/1", b"/2abc", b"/4"]


async def test_a_stale_kept_connection_is_not_an_error(world: Any) -> None:
    """The app answers once on each connection and then closes it without saying so."""
    closed = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(b"ok"))
        # Closes only when the next request is already on its way.
        await reader.read(1)
        writer.transport.abort()
        closed.set()

    await world.start()
    await world.publish(upstream=await world.upstream(handle))
    client = await world.client()
    await client.get()
    again = await client.get()

    assert closed.is_set()
    assert (again.status, again.body) == (200, b"ok")


async def test_a_request_that_may_have_had_an_effect_is_not_sent_twice(world: Any) -> None:
    posts = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal posts
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if head.startswith(b"POST"):
                posts += 1
                writer.transport.abort()
                return
            writer.write(answer(b"ok"))

    await world.start()
    await world.publish(upstream=await world.upstream(handle))
    client = await world.client()
    await client.get()
    await client.send(b"POST /pay HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 0\r\n\r\n")
    reply = await client.reply()

    assert (reply.status, posts) == (502, 1)


async def test_the_app_learns_that_a_visitor_left(world: Any) -> None:
    gone = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        gone.set()

    await world.start()
    await world.publish(upstream=await world.upstream(handle))
    client = await world.client()
    await client.send(b"GET / HTTP/1.1\r\nHost: app.localhost\r\n\r\n")
    await client.head()
    await client.close()

    async with asyncio.timeout(5):
        await gone.wait()


async def test_cors_and_options_pass_untouched(world: Any) -> None:
    seen: list[bytes] = []
    response = answer(b"", "Access-Control-Allow-Origin: https://x.example", "Access-Control-Allow-Methods: GET, POST")
    await world.start()
    await world.publish(upstream=await world.upstream(always(response, seen)))
    client = await world.client()
    await client.send(
        b"OPTIONS /api HTTP/1.1\r\nHost: app.localhost\r\nOrigin: https://x.example\r\n"
        b"Access-Control-Request-Method: POST\r\n\r\n"
    )
    reply = await client.reply()

    assert reply.headers["access-control-allow-origin"] == "https://x.example"
    assert seen[0].startswith(b"OPTIONS /api ")
    assert b"Origin: https://x.example\r\n" in seen[0]


async def test_an_upgrade_to_http2_is_ignored_and_its_body_still_arrives(world: Any) -> None:
    seen: list[bytes] = []
    await world.start()
    await world.publish(upstream=await world.upstream(echo(seen)))
    client = await world.client()
    await client.send(
        b"POST / HTTP/1.1\r\nHost: app.localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        b"HTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: 4\r\n\r\nbody"
    )
    reply = await client.reply()

    assert (reply.status, reply.body) == (200, b"body")
    assert b"h2c" not in seen[0]
    assert (await client.get()).status == 200
