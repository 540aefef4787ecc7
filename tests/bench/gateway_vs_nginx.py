"""
CPU per request of the gateway against nginx doing the same: 1 KB answers over 64 keep-alive connections.

Both proxies stand before one nginx that answers out of its configuration, and take turns for a few rounds, so that a
noisy machine is noisy for both. Counted is the processor time (user and system) of the proxy's processes only.
"""

import asyncio
import contextlib
import json
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import uvloop

from spaceport.domain.route import Route, Upstream
from spaceport.domain.stage import Stage
from spaceport.gateway.routes_file import save_routes

CONNECTIONS = 64
REQUESTS_PER_ROUND = 12_000
ROUNDS = 5
BODY_BYTES = 1024
_START_SECONDS = 15.0

_GATEWAY_PROGRAM = """
import sys
from pathlib import Path
from spaceport.gateway.server import main
from spaceport.gateway.settings import GatewaySettings
folder, port = Path(sys.argv[1]), int(sys.argv[2])
main(GatewaySettings(gateway_id="bench", hub_url="", routes_file=folder / "routes.json", listen_port=port,
                     redis_url=f"unix://{folder}/no-redis.sock"))
"""

_NGINX_CONFIGURATION = """
daemon off; master_process off; worker_processes 1; pid {folder}/{name}.pid; error_log {folder}/{name}.log crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 100000000; keepalive_timeout 600s;
  client_body_temp_path {folder}/{name}-body; proxy_temp_path {folder}/{name}-proxy;
  fastcgi_temp_path {folder}/{name}-fastcgi; uwsgi_temp_path {folder}/{name}-uwsgi; scgi_temp_path {folder}/{name}-scgi;
  {content}
}}
"""


class _Load(asyncio.Protocol):
    """One connection of the load: sends the next request as soon as an answer is whole."""

    def __init__(self, request: bytes, todo: list[int], done: asyncio.Future[None]) -> None:
        self._request = request
        self._todo = todo
        self._done = done
        self._buffer = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, body = self._buffer.partition(b"\r\n\r\n")
        if not separator or len(body) < BODY_BYTES:
            return
        if not head.startswith(b"HTTP/1.1 200"):
            self._fail(head.decode("latin-1"))
            return
        self._buffer = b""
        self._todo[1] -= 1
        if self._todo[1] == 0 and not self._done.done():
            self._done.set_result(None)
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if self._todo[1]:
            self._fail("a connection was closed in the middle of a round")

    def _next(self) -> None:
        if self._todo[0]:
            self._todo[0] -= 1
            self._transport.write(self._request)

    def _fail(self, reason: str) -> None:
        if not self._done.done():
            self._done.set_exception(RuntimeError(reason))


async def _round(port: int, requests: int) -> None:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    # Left to send, left to answer.
    todo = [requests, requests]
    request = (
        b"GET /a/path?with=query HTTP/1.1\r\nHost: bench.localhost:7701\r\nUser-Agent: bench/1\r\nAccept: */*\r\n"
        b"Accept-Encoding: gzip, deflate\r\nAccept-Language: en\r\nCookie: a=b; c=d\r\n\r\n"
    )
    transports = [
        (await loop.create_connection(lambda: _Load(request, todo, done), "127.0.0.1", port))[0]
        for _ in range(CONNECTIONS)
    ]
    async with asyncio.timeout(30):
        await done
    for transport in transports:
        transport.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for_port(port: int) -> None:
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


@contextlib.contextmanager
def _process(*arguments: str, port: int) -> Iterator[psutil.Process]:
    process = subprocess.Popen(arguments)
    try:
        _wait_for_port(port)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _nginx_arguments(folder: Path, name: str, content: str) -> tuple[str, ...]:
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    configuration = folder / f"{name}.conf"
    configuration.write_text(_NGINX_CONFIGURATION.format(folder=folder, name=name, content=content))
    return nginx, "-p", str(folder), "-c", str(configuration)


def _cpu_seconds(process: psutil.Process) -> float:
    # Exact for what ended, and to a hundredth of a second for what runs: rounds are long enough for that.
    times = process.cpu_times()
    return float(times.user + times.system)


def _measure(process: psutil.Process, port: int, requests: int) -> dict[str, float]:
    cpu_before, before = _cpu_seconds(process), time.monotonic()
    uvloop.run(_round(port, requests))
    wall_seconds = time.monotonic() - before
    cpu_seconds = _cpu_seconds(process) - cpu_before
    return {"cpu_us": cpu_seconds / requests * 1e6, "per_second": requests / wall_seconds}


def run() -> dict[str, Any]:
    """
    Measure. ``ratio`` is the median over the rounds of gateway over nginx; ``rounds`` holds each.

    Raises: RuntimeError when nginx is not installed or a request failed.
    """
    if shutil.which("nginx") is None and not Path("/usr/sbin/nginx").exists():
        raise RuntimeError("nginx is not installed")
    with tempfile.TemporaryDirectory(prefix="spaceport-bench-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        app_port, nginx_port, gateway_port = _free_port(), _free_port(), _free_port()
        body = "x" * BODY_BYTES
        app = f'server {{ listen 127.0.0.1:{app_port}; location / {{ return 200 "{body}"; }} }}'
        proxy = (
            f"upstream app {{ server 127.0.0.1:{app_port}; keepalive 64; keepalive_requests 100000000; }}"
            f"server {{ listen 127.0.0.1:{nginx_port}; location / {{ proxy_pass http://app; proxy_http_version 1.1;"
            ' proxy_set_header Connection ""; proxy_set_header Host $http_host;'
            " proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme;"
            " proxy_set_header X-Forwarded-Host $http_host; } }"
        )
        upstream = Upstream(instance_id="bench", host="127.0.0.1", port=app_port)
        route = Route(
            space_id="bench",
            space_name="bench/app",
            title="bench",
            hosts=("bench.localhost",),
            stage=Stage.RUNNING,
            upstream=upstream,
            version=1,
        )
        save_routes(folder / "routes.json", [route], 1)
        stack.enter_context(_process(*_nginx_arguments(folder, "app", app), port=app_port))
        nginx = stack.enter_context(_process(*_nginx_arguments(folder, "proxy", proxy), port=nginx_port))
        program = (sys.executable, "-c", _GATEWAY_PROGRAM, str(folder), str(gateway_port))
        gateway = stack.enter_context(_process(*program, port=gateway_port))
        return _compare(nginx, nginx_port, gateway, gateway_port)


def _compare(nginx: psutil.Process, nginx_port: int, gateway: psutil.Process, gateway_port: int) -> dict[str, Any]:
    for process, port in ((nginx, nginx_port), (gateway, gateway_port)):
        _measure(process, port, REQUESTS_PER_ROUND // 4)
    rounds = []
    for _ in range(ROUNDS):
        by_nginx = _measure(nginx, nginx_port, REQUESTS_PER_ROUND)
        by_gateway = _measure(gateway, gateway_port, REQUESTS_PER_ROUND)
        rounds.append(
            {
                "nginx_cpu_us": round(by_nginx["cpu_us"], 1),
                "gateway_cpu_us": round(by_gateway["cpu_us"], 1),
                "ratio": round(by_gateway["cpu_us"] / max(by_nginx["cpu_us"], 1e-9), 2),
                "gateway_requests_per_second": round(by_gateway["per_second"]),
            }
        )
    return {"ratio": statistics.median(one["ratio"] for one in rounds), "rounds": rounds}


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
