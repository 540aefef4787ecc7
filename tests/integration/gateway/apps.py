"""Small apps for tests of the gateway: raw, so that each byte is known."""

import asyncio
from typing import Any


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = "".join(f"{line}\r\n" for line in headers)
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{lines}\r\n".encode() + body


def always(response: bytes, seen: list[bytes] | None = None) -> Any:
    """A server with keep-alive that gives one answer to every head."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if seen is not None:
                seen.append(head)
            writer.write(response)

    return handle


def echo(seen: list[bytes] | None = None) -> Any:
    """Answers with the body it got, chunked or not."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if seen is not None:
                seen.append(head)
            writer.write(answer(await read_body(reader, head)))

    return handle


async def read_body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    if b"chunked" in head:
        body = b""
        while size := int(await reader.readuntil(b"\r\n"), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readexactly(2)
        return body
    length = [int(line[16:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length: ")]
    return await reader.readexactly(length[0]) if length else b""
