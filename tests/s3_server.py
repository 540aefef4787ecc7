"""A real S3 server on this machine: moto's, a process with real HTTP."""

import itertools
import shutil
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from spaceport.adapters.s3_objects import S3Objects

_ROOT = Path(__file__).parents[1]
_WAIT_SECONDS = 60


def s3_program() -> str | None:
    """Where ``make test-s3`` put ``moto_server``, else where the path has it."""
    made = _ROOT / ".venv-s3" / "bin" / "moto_server"
    return str(made) if made.exists() else shutil.which("moto_server")


@contextmanager
def running_s3() -> Iterator[Callable[[Path], S3Objects]]:
    """Yields a function that makes a store over a fresh prefix, with the staging folder it is given."""
    program = s3_program()
    assert program is not None
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    process = subprocess.Popen(
        [program, "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    endpoint, numbers = f"http://127.0.0.1:{port}", itertools.count()
    try:
        _make_bucket(process, endpoint)
        yield lambda staging: S3Objects(
            f"s3://large-files/{next(numbers)}",
            staging,
            endpoint=endpoint,
            region="us-east-1",
            access_key_id="somebody",
            secret_access_key="a secret of the tests",
            client_options={"allow_http": True},
        )
    finally:
        process.terminate()
        process.wait(_WAIT_SECONDS)


def _make_bucket(process: "subprocess.Popen[bytes]", endpoint: str) -> None:
    pause = threading.Event()
    for _ in range(_WAIT_SECONDS * 20):
        assert process.poll() is None, "moto_server ended"
        try:
            urllib.request.urlopen(urllib.request.Request(f"{endpoint}/large-files", method="PUT"), timeout=10).close()
            return
        except urllib.error.URLError:
            pause.wait(0.05)
    raise AssertionError("moto_server does not answer")
