"""The gateway's own copy of the routes on disk, for a restart while Redis is away."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ValidationError

from spaceport.domain.route import Route


class _Copy(BaseModel):
    version: int
    routes: list[Route]


def load_routes(path: Path) -> tuple[list[Route], int]:
    """
    The routes last saved and their version; nothing when there is no copy.

    Raises: ValueError when the copy cannot be used, OSError when it cannot be read.
    """
    try:
        copy = _Copy.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return [], 0
    except ValidationError as error:
        raise ValueError(f"{path} does not hold routes") from error
    return copy.routes, copy.version


def save_routes(path: Path, routes: Iterable[Route], version: int) -> None:
    """
    Replace the copy: readers see the old one or the new one, never a part.

    Raises: OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(_Copy(version=version, routes=list(routes)).model_dump_json())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
