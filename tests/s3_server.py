"""A real S3 server on this machine: moto's, a process with real HTTP."""

import itertools
import shutil
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from obstore import sign
from obstore.store import S3Store

from spaceport.adapters.s3_objects import S3Objects

_ROOT = Path(__file__).parents[1]
_WAIT_SECONDS = 60
_BUCKET = "large-files"
_SIGNED_FOR = timedelta(hours=1)


def s3_program() -> str | None:
    """Where ``make test-s3`` put ``moto_server``, else where the path has it."""
    made = _ROOT / ".venv-s3" / "bin" / "moto_server"
    return str(made) if made.exists() else shutil.which("moto_server")


@dataclass
class S3Server:
    """With one bucket. Called with a staging folder it gives a store over a fresh prefix."""

    endpoint: str
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def __call__(self, staging: Path) -> S3Objects:
        return S3Objects(f"s3://{_BUCKET}/{next(self.numbers)}", staging, **self._options)

    def address(self, verb: Literal["GET", "PUT"], name: str) -> str:
        """A signed one, of an object beside all stores."""
        return sign(S3Store(_BUCKET, **self._options), verb, name, _SIGNED_FOR)

    @property
    def _options(self) -> dict[str, Any]:
        return {
            "endpoint": self.endpoint,
            "region": "us-east-1",
            "access_key_id": "somebody",
            "secret_access_key": "a secret of the tests",
            "client_options": {"allow_http": True},
        }


@contextmanager
def running_s3() -> Iterator[S3Server]:
    program = s3_program()
    assert program is not None
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    process = subprocess.Popen(
        [program, "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    server = S3Server(f"http://127.0.0.1:{port}")
    try:
        _make_bucket(process, f"{server.endpoint}/{_BUCKET}")
        yield server
    finally:
        process.terminate()
        process.wait(_WAIT_SECONDS)


def _make_bucket(process: "subprocess.Popen[bytes]", bucket: str) -> None:
    pause = threading.Event()
    for _ in range(_WAIT_SECONDS * 20):
        assert process.poll() is None, "moto_server ended"
        try:
            urllib.request.urlopen(urllib.request.Request(bucket, method="PUT"), timeout=10).close()
            return
        except urllib.error.URLError:
            pause.wait(0.05)
    raise AssertionError("moto_server does not answer")
