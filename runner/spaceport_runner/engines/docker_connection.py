"""The connection to the Docker Engine, and what its errors mean."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import docker
import requests
from docker.errors import APIError, DockerException

from spaceport_runner.engines.engine import EngineUnavailable

#: Seconds one answer of the Docker Engine may take.
CALL_TIMEOUT_SECONDS = 60
KNOCK_TIMEOUT_SECONDS = 5
#: Where Docker listens when DOCKER_HOST says nothing.
DEFAULT_HOST = "unix:///var/run/docker.sock"
#: Connections kept open: agent threads and one log follower per instance share them.
POOL_SIZE = 64


class DockerConnection:
    """
    Opens a client at first use and keeps it; a failed try is not remembered.

    For several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._client: Any = None
        self._cpus: int | None = None

    @property
    def client(self) -> Any:
        """A ``docker.DockerClient``. Raises: EngineUnavailable."""
        with self._lock:
            if self._client is None:
                check_socket(os.environ.get("DOCKER_HOST") or DEFAULT_HOST)
                with docker_errors():
                    self._client = docker.from_env(timeout=CALL_TIMEOUT_SECONDS, max_pool_size=POOL_SIZE)
            return self._client

    @property
    def is_local(self) -> bool:
        """Whether the engine runs on this machine."""
        return (os.environ.get("DOCKER_HOST") or DEFAULT_HOST).startswith("unix://")

    @property
    def machine_cpus(self) -> int:
        """Cores of the machine the engine runs on."""
        if self._cpus is None:
            with docker_errors():
                self._cpus = int(self.client.info()["NCPU"])
        return self._cpus

    def close(self) -> None:
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None


def close_stream(stream: Any) -> None:
    """
    Close a connection that docker-py handed over as a stream.

    Neither the end of the response nor that of the stream closes its socket: each only lets go of it.
    """
    for each in (stream._response, stream, stream._sock):
        with suppress(OSError, ValueError):
            each.close()


def check_socket(host: str) -> None:
    """
    Knock at a Unix socket before docker-py does: it leaves its own socket open when nobody answers.

    Raises: EngineUnavailable.
    """
    if not host.startswith("unix://"):
        return
    path = host.removeprefix("unix://")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as knocking:
        knocking.settimeout(KNOCK_TIMEOUT_SECONDS)
        try:
            knocking.connect(path)
        except OSError as error:
            reason = error.strerror or str(error)
            raise EngineUnavailable(f"the Docker Engine does not answer at {path}: {reason}") from error


@contextmanager
def docker_errors() -> Iterator[None]:
    """
    Turns "nobody answers" into EngineUnavailable. What the engine answered (APIError) is left to the caller, who knows
    what was asked.
    """
    try:
        yield
    except APIError:
        raise
    except (requests.exceptions.ConnectionError, requests.exceptions.Timeout) as error:
        raise EngineUnavailable(f"the Docker Engine does not answer: {error}") from error
    except DockerException as error:
        # Raised by docker.from_env when the version cannot be asked for.
        raise EngineUnavailable(f"the Docker Engine does not answer: {error}") from error


def explanation(error: APIError) -> str:
    """What the Docker Engine said, without the HTTP around it."""
    return str(error.explanation or error)
