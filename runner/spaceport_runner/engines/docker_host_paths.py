"""
Paths as the machine of the Docker Engine knows them.

A runner that is a container itself (compose.yaml) sees its data folder under another name than the engine, which mounts
what the machine has.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import structlog
from docker.errors import NotFound

from spaceport_runner.engines.docker_connection import DockerConnection, docker_errors
from spaceport_runner.engines.engine import StartFailed

MOUNTINFO = Path("/proc/self/mountinfo")
#: What Docker mounts into each container comes from a folder with the container's id.
_CONTAINER = re.compile(r"/containers/([0-9a-f]{64})/(?:hostname|hosts|resolv\.conf) /etc/")

log = structlog.get_logger()


class DockerHostPaths:
    """Finds out once how this process's own container is mounted, if it is in one of this engine."""

    def __init__(self, connection: DockerConnection) -> None:
        self._connection = connection
        self._mounts: list[dict[str, Any]] | None = None

    def of(self, path: Path) -> str:
        """Raises: StartFailed when the machine does not have the path; EngineUnavailable."""
        if self._mounts is None:
            self._mounts = self._own_mounts()
            log.info("own_mounts", mounts=[mount.get("Destination") for mount in self._mounts])
        if not self._mounts:
            return str(path)
        found = host_path(path, self._mounts)
        if found is None:
            raise StartFailed(
                f"{path} is inside the runner's container only: mount the data folder from the machine, as compose.yaml"
            )
        return found

    def _own_mounts(self) -> list[dict[str, Any]]:
        """Empty for a process that is in no container of this engine."""
        container_id = own_container(MOUNTINFO.read_text())
        if container_id is None:
            return []
        with docker_errors():
            try:
                inspected: Mapping[str, Any] = self._connection.client.api.inspect_container(container_id)
            except NotFound:
                # A container of another engine, whose files are this engine's machine's.
                return []
        return list(inspected["Mounts"])


def own_container(mountinfo: str) -> str | None:
    """The id of the container that a process with this ``/proc/self/mountinfo`` is in. Source: proc(5)."""
    found = _CONTAINER.search(mountinfo)
    return found[1] if found else None


def host_path(path: Path, mounts: Iterable[Mapping[str, Any]]) -> str | None:
    """The machine's name of a path in a container, None where it lies under no mount."""
    above = [mount for mount in mounts if path.is_relative_to(mount["Destination"])]
    if not above:
        return None
    nearest = max(above, key=lambda mount: len(Path(mount["Destination"]).parts))
    return str(Path(nearest["Source"]) / path.relative_to(nearest["Destination"]))
