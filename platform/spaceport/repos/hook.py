"""
The pre-receive and post-receive hook of every repo: tells the hub, prints what comes back.

Runs outside the hub, started by git with ``python -I -S``: standard library only, and little of it, because every push
waits for it twice. If the hub does not answer, the push fails and nothing has moved.
"""

from __future__ import annotations

import json
import os
import socket
import sys

# Spelled out because importing ``typing`` costs the hook a third of its start-up time; type checkers know the name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

#: Seconds without a byte from the hub before the hook gives up.
_SILENCE_SECONDS = 120
_GONE = "Spaceport: the hub went away during the push: push again\n"


def main() -> int:
    stage = sys.argv[1]
    try:
        connection = socket.create_connection(
            (os.environ["SPACEPORT_HOOK_HOST"], int(os.environ["SPACEPORT_HOOK_PORT"])), timeout=_SILENCE_SECONDS
        )
        with connection:
            connection.sendall(_request(stage, _question()))
            return _print_answer(connection)
    except (OSError, ValueError, KeyError):
        sys.stdout.write(_GONE)
        return 1


def _question() -> bytes:
    count = int(os.environ.get("GIT_PUSH_OPTION_COUNT", "0"))
    return json.dumps(
        {
            "refs": [line.split(" ", 2) for line in sys.stdin.read().splitlines()],
            "quarantine": os.environ.get("GIT_QUARANTINE_PATH"),
            "options": [os.environ.get(f"GIT_PUSH_OPTION_{number}", "") for number in range(count)],
        }
    ).encode()


def _request(stage: str, body: bytes) -> bytes:
    head = (
        f"POST /internal/git-hook/{stage} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n"
        f"Authorization: Ticket {os.environ['SPACEPORT_HOOK_TICKET']}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _print_answer(connection: socket.socket) -> int:
    """
    Print the lines of the answer as they come; the last one is NUL and the exit status.

    An answer without that last line was cut off, and counts as a refusal.
    """
    with connection.makefile("rb") as answer:
        status = answer.readline().split(b" ", 2)
        while answer.readline().strip():
            pass
        for line in _lines(answer):
            if line.startswith(b"\0"):
                return int(line[1:])
            sys.stdout.write(line.decode("utf-8", "replace") + "\n")
            sys.stdout.flush()
    if len(status) > 1 and status[1] != b"200":
        sys.stdout.write("Spaceport: the hub could not take this push: push again\n")
        return 1
    sys.stdout.write(_GONE)
    return 1


def _lines(answer: BinaryIO) -> Iterator[bytes]:
    rest = b""
    while size := int(answer.readline().strip() or b"0", 16):
        chunk = answer.read(size)
        answer.readline()
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines


if __name__ == "__main__":
    sys.exit(main())
