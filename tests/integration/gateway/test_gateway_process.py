"""The gateway as a process of its own."""

import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

PROGRAM = """
import sys
from pathlib import Path
from spaceport.gateway.server import main
from spaceport.gateway.settings import GatewaySettings
main(GatewaySettings(gateway_id="p", hub_url="", routes_file=Path(sys.argv[1]) / "routes.json",
                     redis_url=f"unix://{sys.argv[1]}/none.sock", listen_port=int(sys.argv[2])))
"""


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def process(tmp_path: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    started = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path), str(port)], stdout=subprocess.PIPE, text=True
    )
    yield started
    started.kill()
    started.communicate()


def health_status(port: int, seconds: float = 15) -> int:
    until = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_spaceport/health", timeout=2) as answer:
                return int(answer.status)
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > until:
                raise


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_without_redis_and_ends_in_order_on_a_signal(
    process: "subprocess.Popen[str]", port: int, number: signal.Signals
) -> None:
    assert health_status(port) == 200

    process.send_signal(number)
    output, _ = process.communicate(timeout=15)

    assert process.returncode == 0
    assert "gateway_stopped" in output


def test_a_port_that_is_taken_ends_it(process: "subprocess.Popen[str]", port: int, tmp_path: Path) -> None:
    assert health_status(port) == 200
    second = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path), str(port)], capture_output=True, text=True, timeout=30
    )

    assert second.returncode != 0
    assert "address already in use" in second.stderr.lower()
