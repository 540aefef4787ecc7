"""Puts the code of a commit into a container that was created and not yet started."""

import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from spaceport_runner.engines.docker_containers import APP_HOME, SEAT_PATH

APP_FOLDER = f"{APP_HOME}/app"
APP_UID = 1000
#: Archives up to this size stay in memory.
IN_MEMORY_BYTES = 8 * 1024**2


def code_archive(source: Path, seat: Path | None) -> IO[bytes]:
    """
    A tar of the commit for the app's folder, owned by the app's user, and of the seat program; unpack it at ``/``.

    The caller closes it.
    """
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(source.rglob("*")):
            name = f"{APP_FOLDER}/{path.relative_to(source)}".lstrip("/")
            archive.add(path, name, recursive=False, filter=_owned_by(APP_UID))
        if seat is not None:
            archive.add(seat, SEAT_PATH.lstrip("/"), recursive=False, filter=_owned_by(0))
    file.seek(0)
    return file


def _owned_by(uid: int) -> Callable[[tarfile.TarInfo], tarfile.TarInfo | None]:
    def owned(info: tarfile.TarInfo) -> tarfile.TarInfo | None:
        if not (info.isfile() or info.isdir() or info.issym() or info.islnk()):
            return None
        info.uid = info.gid = uid
        info.uname = info.gname = ""
        info.mode = 0o755 if info.isdir() or info.mode & 0o100 else 0o644
        return info

    return owned
