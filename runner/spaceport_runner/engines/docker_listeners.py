"""Where a container listens, asked inside it: its network is its own, and the runner may be in another container."""

from collections.abc import Iterable

from docker.errors import APIError, NotFound
from docker.utils.socket import SocketError, frames_iter

from spaceport_runner.engines.docker_connection import DockerConnection, close_stream, docker_errors
from spaceport_runner.listeners import Listener, read_listeners

TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
#: The program is the image's: what it prints is read to here and no further.
MAX_TABLE_BYTES = 256 * 1024
#: Seconds between two pieces of it.
READ_SECONDS = 5.0


def docker_listeners(connection: DockerConnection, container: str) -> tuple[Listener, ...]:
    """Empty for a container that is gone, and for an image without ``cat``. Raises: EngineUnavailable."""
    with docker_errors():
        api = connection.client.api
        try:
            command = api.exec_create(container, ["cat", *TABLES], stdin=False, stderr=False)
            stream = api.exec_start(command["Id"], socket=True)
        except (NotFound, APIError):
            return ()
    stream._sock.settimeout(READ_SECONDS)
    try:
        output = _first_bytes((data for _, data in frames_iter(stream, tty=False)), MAX_TABLE_BYTES)
    except (OSError, SocketError):
        return ()
    finally:
        close_stream(stream)
    return read_listeners([output.decode(errors="replace")])


def _first_bytes(chunks: Iterable[bytes], limit: int) -> bytes:
    found = b""
    for chunk in chunks:
        found += chunk
        if len(found) >= limit:
            break
    return found[:limit]
