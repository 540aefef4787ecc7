"""The operator's folder of wheels as an image, so that builds can mount it without sending it each time."""

import hashlib
import tarfile
import tempfile
from pathlib import Path
from typing import IO

from docker.errors import APIError, ImageNotFound

from spaceport_runner.engines.docker_connection import DockerConnection, docker_errors, explanation
from spaceport_runner.engines.engine import BuildFailed

REPOSITORY = "spaceport/wheels"
PIECE_BYTES = 1024**2


def wheels_tag(folder: Path) -> str | None:
    """
    The image name for what is in the folder now; None for a folder without wheels.

    From names, sizes and times of the files: reading gigabytes to name them would cost more than it saves.
    """
    files = _wheels(folder)
    if not files:
        return None
    digest = hashlib.sha256()
    for path in files:
        status = path.stat()
        digest.update(f"{path.name}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    return f"{REPOSITORY}:{digest.hexdigest()[:16]}"


def ensure_wheels_image(connection: DockerConnection, folder: Path, tag: str) -> None:
    """Make the image unless it is there. Raises: BuildFailed."""
    with docker_errors():
        try:
            connection.client.api.inspect_image(tag)
            return
        except ImageNotFound:
            pass
        name, _, version = tag.partition(":")
        try:
            with _archive(folder) as archive:
                # As pieces: docker-py asks for a chunked body, and requests would send a file with its length.
                pieces = iter(lambda: archive.read(PIECE_BYTES), b"")
                connection.client.api.import_image_from_stream(pieces, repository=name, tag=version)
        except APIError as error:
            raise BuildFailed(f"the folder of wheels cannot be given to builds: {explanation(error)}") from error


def _wheels(folder: Path) -> list[Path]:
    return sorted(
        path for path in folder.iterdir() if path.is_file() and path.name.endswith((".whl", ".tar.gz", ".zip"))
    )


def _archive(folder: Path) -> IO[bytes]:
    file = tempfile.TemporaryFile()  # noqa: SIM115
    with tarfile.open(fileobj=file, mode="w") as archive:
        for path in _wheels(folder):
            archive.add(path.resolve(), path.name, recursive=False, filter=_readable)
    file.seek(0)
    return file


def _readable(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mode = 0o644
    return info
