"""What counts as an answer of an app."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from spaceport_runner.probe import NOTHING_SEEN, probe, wait_until_ready


@contextmanager
def server(answers: list[bytes]) -> Iterator[int]:
    """Gives each connection the next answer and closes it; the port it listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for answer in answers:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(4096)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


@pytest.mark.parametrize("status", [b"200 OK", b"302 Found", b"401 Unauthorized", b"404 Not Found"])
def test_any_answer_of_the_app_itself_means_ready(status: bytes) -> None:
    with server([b"HTTP/1.1 " + status + b"\r\n\r\n"]) as port:
        assert probe("127.0.0.1", port).is_ready


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "it answered with status 502"),
        (b"HTTP/1.1 500 Oops\r\n\r\n", "it answered with status 500"),
        (b"SSH-2.0-OpenSSH\r\n", "it answered with something that is not HTTP"),
        (b"", "it closed the connection without an answer"),
    ],
)
def test_everything_else_does_not_and_is_told(answer: bytes, seen: str) -> None:
    with server([answer]) as port:
        result = probe("127.0.0.1", port)

    assert (result.is_ready, result.seen) == (False, seen)


def test_an_app_that_accepts_and_stays_silent_is_not_ready() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        result = probe("127.0.0.1", listener.getsockname()[1], timeout_seconds=0.1)

    assert result.seen == "it accepted connections but did not answer"


def test_probing_goes_on_until_the_app_is_ready() -> None:
    with server([b"HTTP/1.1 503 Later\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"]) as port:
        assert wait_until_ready(lambda: ("127.0.0.1", port), lambda: True, 20).is_ready


def test_probing_ends_when_nobody_asks_any_more() -> None:
    assert wait_until_ready(lambda: None, lambda: False, 300) == NOTHING_SEEN


def test_probing_ends_when_the_time_is_over() -> None:
    assert not wait_until_ready(lambda: None, lambda: True, 0.05).is_ready
