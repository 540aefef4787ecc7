"""
The app of the fake engine, and of the conformance suite on every engine: answers HTTP, misbehaves when told to.

Standard library only and run as a lone file. ``fake.json`` in its folder tells how it starts:
``{"start": "never-ready" | "exit" | "crash-after" | "eat-memory", "exit_code": 3, "seconds": 1, "log_lines": 10,
"line": "text", "host": "0.0.0.0", "port": 7860}``. While it runs, ``/print?line=..&count=..``, ``/exit?code=..``,
``/eat`` and ``/write?file=..&bytes=..`` make it print, leave, fill its memory and write to its volume; every other path
answers JSON about the instance.
"""

import json
import os
import signal
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

#: Bytes taken at once by an app that fills its memory.
BITE_BYTES = 8 * 1024**2


class Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, host: str, port: int) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), Handler)

    def server_bind(self) -> None:
        # The base class asks the name service for the host's name, which may take seconds.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)


class Handler(BaseHTTPRequestHandler):
    """Answers for the fake app."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = dict(parse_qsl(address.query))
        if address.path == "/print":
            print_lines(query.get("line", "line"), int(query.get("count", "1")))
        elif address.path == "/eat":
            threading.Thread(target=eat_memory, daemon=True).start()
        elif address.path == "/write":
            write_data(query["file"], int(query.get("bytes", "1")))
        elif address.path == "/exit":
            self.answer({})
            os._exit(int(query.get("code", "0")))
        self.answer(describe())

    def answer(self, values: dict[str, Any]) -> None:
        body = json.dumps(values).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not printed: tests count the lines of the log."""


def describe() -> dict[str, Any]:
    """What this instance is: its commit's message, its environment, its place."""
    message = Path("message.txt")
    return {
        "release_id": os.environ.get("SPACEPORT_FAKE_RELEASE"),
        "sha": os.environ.get("SPACEPORT_FAKE_SHA"),
        "message": message.read_text() if message.exists() else "",
        "files": sorted(path.as_posix() for path in Path().rglob("*")),
        "environment": dict(os.environ),
        "arguments": sys.argv,
        "path": sys.path,
        "cwd": os.getcwd(),
        "home": os.path.expanduser("~"),
        "uid": os.getuid(),
        "data": {path.name: path.stat().st_size for path in volume().iterdir()} if volume().is_dir() else None,
    }


def volume() -> Path:
    return Path(os.environ.get("SPACE_DATA_DIR", "/no volume"))


def write_data(name: str, count: int) -> None:
    with (volume() / name).open("wb") as file:
        for _ in range(count // BITE_BYTES):
            file.write(bytes(BITE_BYTES))
        file.write(bytes(count % BITE_BYTES))


def print_lines(line: str, count: int) -> None:
    for number in range(count):
        sys.stdout.write(f"{line} {number}\n")
    sys.stdout.flush()


def eat_memory() -> None:
    eaten = []
    while True:
        eaten.append(bytearray(os.urandom(4096) * (BITE_BYTES // 4096)))
        threading.Event().wait(0.02)


def main() -> None:
    """Start as ``fake.json`` says."""
    plan = json.loads(Path("fake.json").read_text()) if Path("fake.json").exists() else {}
    print_lines(plan.get("line", "line"), int(plan.get("log_lines", 0)))
    start = plan.get("start")
    seconds = float(plan.get("seconds", 1))
    if start == "exit":
        sys.exit(int(plan.get("exit_code", 1)))
    if start == "eat-memory":
        eat_memory()
    if start == "never-ready":
        signal.pause()
    if start == "crash-after":
        threading.Timer(seconds, os._exit, [int(plan.get("exit_code", 1))]).start()
    if start == "slow":
        threading.Event().wait(seconds)
    port = int(plan.get("port", os.environ.get("PORT", "7860")))
    with Server(plan.get("host", "0.0.0.0"), port) as server:
        print(f"serving {plan.get('name', 'the fake app')}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: os._exit(143))
    main()
