"""The files of a split in one folder, where a worker can read them."""

import io
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from spaceport.errors import EntryNotFound
from spaceport.interfaces import Objects
from spaceport.repos.pointers import Pointer
from spaceport.repos.tree import GitTree

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_MAX_NAME = 60
#: How much of a split is read; files beyond are left out, and the answers say ``partial``. Parquet is read where it is
#: asked for, all else from its beginning to its end.
MAX_PARQUET_BYTES, MAX_CONVERTED_BYTES = 5 * 1024**3, 1024**3
MAX_SPLIT_FILES = 1000


@dataclass(frozen=True)
class Gathered:
    """``files`` in the order of ``paths``, which are those that were taken."""

    files: tuple[Path, ...]
    paths: tuple[str, ...]
    size_bytes: int
    is_partial: bool


class RepoFiles:
    """The files of a commit, large ones where they are."""

    def __init__(self, repo: Path, sha: str, objects: Objects, usable: dict[str, int]) -> None:
        self._repo, self._sha = repo, sha
        self._objects = objects
        self._usable = usable

    def gather(self, paths: Sequence[str], folder: Path, max_bytes: int) -> Gathered:
        """The first file in any case. Raises: EntryNotFound for a large file that this repo does not have."""
        files: list[Path] = []
        total = 0
        with GitTree(self._repo, self._sha) as tree:
            for path in paths:
                blob = tree.file(path)
                pointer = tree.pointer(blob.object_id, blob.size_bytes)
                size = blob.size_bytes if pointer is None else pointer.size_bytes
                if files and (total + size > max_bytes or len(files) >= MAX_SPLIT_FILES):
                    break
                target = folder / f"{len(files):05d}-{_UNSAFE.sub('_', path.rpartition('/')[2])[-_MAX_NAME:]}"
                if pointer is None:
                    target.write_bytes(tree.read(blob.object_id))
                else:
                    self._bring(pointer, path, target)
                files.append(target)
                total += size
        return Gathered(tuple(files), tuple(paths[: len(files)]), total, len(files) < len(paths))

    def start(self, path: str, length: int) -> bytes:
        """The beginning of a file. Raises: EntryNotFound."""
        with GitTree(self._repo, self._sha) as tree:
            blob = tree.file(path)
            pointer = tree.pointer(blob.object_id, blob.size_bytes)
            if pointer is None:
                return tree.read(blob.object_id)[:length]
        self._require(pointer, path)
        with self._objects.open_file(pointer.sha256) as file:
            return file.read(length) or b""

    def _bring(self, pointer: Pointer, path: str, target: Path) -> None:
        self._require(pointer, path)
        with self._objects.open_file(pointer.sha256) as file:
            if isinstance(file, io.FileIO):
                try:
                    # Costs nothing, and what has a name in the store never changes.
                    os.link(str(file.name), target)
                    return
                except OSError:
                    # Another disk, or one that has no links.
                    pass
            with target.open("wb") as copy:
                shutil.copyfileobj(file, copy, 1024**2)

    def _require(self, pointer: Pointer, path: str) -> None:
        if self._usable.get(pointer.sha256) != pointer.size_bytes:
            raise EntryNotFound(f"the repo does not have the large file that {path[:200]} stands for")
