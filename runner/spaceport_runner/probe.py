"""Finds out when an app answers."""

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

#: Seconds between two probes: often at first, since most apps are up soon, then more rarely. While nothing listens a
#: probe costs next to nothing and the app not a thing.
KNOCK_PAUSE_SECONDS = 0.02
EAGER_PAUSE_SECONDS = 0.05
PATIENT_PAUSE_SECONDS = 0.2
EAGER_SECONDS = 10.0
#: Seconds one probe may take. The first answer of an app is often its slowest.
PROBE_TIMEOUT_SECONDS = 10.0

#: Host is localhost since some servers refuse names they do not know; close, so that no app keeps the connection.
_REQUEST = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: spaceport-probe\r\nAccept: */*\r\nConnection: close\r\n\r\n"
)


@dataclass(frozen=True)
class ProbeResult:
    """Whether the app answered, and in words what was seen."""

    is_ready: bool
    seen: str


NOTHING_SEEN = ProbeResult(False, "nothing was listening")


def probe(host: str, port: int, timeout_seconds: float = PROBE_TIMEOUT_SECONDS) -> ProbeResult:
    """
    Connect, then ask for the root page: any answer that is not the server's own failure means ready.

    502 is no answer of the app: a front (Node of a server-side rendered Gradio) is up before what it stands for.

    Source: gradio#13423; spaces-reference.md 5.5, points 5 and 9.
    """
    try:
        with socket.create_connection((host, port), timeout=timeout_seconds) as connection:
            return _ask(connection)
    except TimeoutError:
        return ProbeResult(False, "connecting took too long")
    except OSError:
        return NOTHING_SEEN


def wait_until_ready(
    address: Callable[[], tuple[str, int] | None], keep_going: Callable[[], bool], timeout_seconds: float
) -> ProbeResult:
    """
    Probe until the app answers, the time is over or ``keep_going`` says no. The last result, with what was seen.

    ``address`` is asked before each probe: an engine may know it later than the start.
    """
    started = time.monotonic()
    last = NOTHING_SEEN
    while keep_going():
        elapsed = time.monotonic() - started
        left = timeout_seconds - elapsed
        if left <= 0:
            break
        if (target := address()) is not None:
            last = probe(*target, timeout_seconds=min(left, PROBE_TIMEOUT_SECONDS))
            if last.is_ready:
                break
        time.sleep(_pause_seconds(elapsed, last))
    return last


def _pause_seconds(elapsed: float, last: ProbeResult) -> float:
    if elapsed >= EAGER_SECONDS:
        return PATIENT_PAUSE_SECONDS
    return KNOCK_PAUSE_SECONDS if last is NOTHING_SEEN else EAGER_PAUSE_SECONDS


def _ask(connection: socket.socket) -> ProbeResult:
    try:
        connection.sendall(_REQUEST)
        line = _first_line(connection)
    except TimeoutError:
        return ProbeResult(False, "it accepted connections but did not answer")
    except OSError:
        return ProbeResult(False, "it closed the connection without an answer")
    if not line:
        return ProbeResult(False, "it closed the connection without an answer")
    status = _status_of(line)
    if status is None:
        return ProbeResult(False, "it answered with something that is not HTTP")
    return ProbeResult(status < 500, f"it answered with status {status}")


def _first_line(connection: socket.socket) -> bytes:
    received = b""
    while b"\n" not in received and len(received) < 1024:
        piece = connection.recv(1024)
        if not piece:
            break
        received += piece
    return received.split(b"\n", 1)[0]


def _status_of(line: bytes) -> int | None:
    version, _, rest = line.partition(b" ")
    code = rest[:3]
    return int(code) if version.startswith(b"HTTP/") and len(code) == 3 and code.isdigit() else None
