"""Where a container listens, asked inside it: its network is its own, and the runner may be in another container."""

from collections.abc import Iterable

from docker.errors import APIError, NotFound

from spaceport_runner.engines.docker_connection import DockerConnection, docker_errors
from spaceport_runner.listeners import Listener, read_listeners

TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
#: The program is the image's: what it prints is read to here and no further.
MAX_TABLE_BYTES = 256 * 1024


def docker_listeners(connection: DockerConnection, container: str) -> tuple[Listener, ...]:
    """Empty for a container that is gone, and for an image without ``cat``. Raises: EngineUnavailable."""
    with docker_errors():
        api = connection.client.api
        try:
            command = api.exec_create(container, ["cat", *TABLES], stdin=False, stderr=False)
            output = _first_bytes(api.exec_start(command["Id"], stream=True), MAX_TABLE_BYTES)
        except (NotFound, APIError):
            return ()
    return read_listeners([output.decode(errors="replace")])


def _first_bytes(chunks: Iterable[bytes], limit: int) -> bytes:
    found = b""
    for chunk in chunks:
        found += chunk
        if len(found) >= limit:
            break
    return found[:limit]
