"""What dependency images have installed, read from the images once and kept beside them."""

import tarfile
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from docker.errors import NotFound

from spaceport_runner.engines.docker_connection import DockerConnection, docker_errors
from spaceport_runner.lock import LARGEST_BYTES

#: Written by the Dockerfiles of templates.
LOCK_INSIDE = "/opt/spaceport/requirements.lock"
_ID_CHARACTERS = 32


class DockerLocks:
    """Kept in ``folder`` by the id of the image: one that is built again has another."""

    def __init__(self, connection: DockerConnection, folder: Path) -> None:
        self._connection = connection
        self._folder = folder

    def of(self, image: str) -> str | None:
        """The lock of an image, None where it has none."""
        with docker_errors():
            image_id = str(self._connection.client.api.inspect_image(image)["Id"]).rpartition(":")[2][:_ID_CHARACTERS]
            kept = self._folder / f"{image_id}.lock"
            if not kept.exists():
                lock = self._read(image, f"spaceport-lock-{image_id}")
                if lock is None:
                    return None
                self._folder.mkdir(parents=True, exist_ok=True)
                fresh = kept.with_suffix(".new")
                fresh.write_text(lock)
                fresh.replace(kept)
            return kept.read_text()

    def _read(self, image: str, container_name: str) -> str | None:
        """Look into the image through a container that never starts."""
        api = self._connection.client.api
        with suppress(NotFound):
            # Left behind by a build that was killed here.
            api.remove_container(container_name, force=True)
        container = api.create_container(image, command=["true"], name=container_name)["Id"]
        try:
            pieces, _ = api.get_archive(container, LOCK_INSIDE)
            with tempfile.TemporaryFile() as file:
                for piece in pieces:
                    file.write(piece)
                file.seek(0)
                return only_file(file)
        except NotFound:
            return None
        finally:
            api.remove_container(container, force=True)


def only_file(file: IO[bytes]) -> str | None:
    """None for anything but a file of a lock's size: the packages of a build could have put anything there."""
    with tarfile.open(fileobj=file) as archive:
        found = archive.getmembers()[0]
        if not found.isreg() or found.size > LARGEST_BYTES:
            return None
        member: Any = archive.extractfile(found)
        return None if member is None else member.read().decode(errors="replace")
