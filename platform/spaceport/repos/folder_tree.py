"""A folder on disk in the form that the checks at the door read commits in."""

import hashlib
import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

from spaceport.errors import BadRequest
from spaceport.repos.tree import MAX_ENTRIES, Entry, Kind, TreeTooLarge

_GIT_TIMEOUT_SECONDS = 30
#: Never pushed by anybody on purpose, where there is no git to ask.
_NOT_PUSHED = frozenset({".git", "__pycache__", ".venv", "venv", "node_modules", ".pytest_cache", ".mypy_cache"})


class FolderTree:
    """
    What a push of this folder would bring: in a git repo the files that git knows or would add, else all files.

    Raises: BadRequest when there is no such folder.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise BadRequest(f"{folder} is not a folder")
        self._folder = folder
        self._paths = _paths_of_git(folder)

    @property
    def tree_id(self) -> str:
        """Names the files by size and time: nobody keeps it."""
        digest = hashlib.sha1(usedforsecurity=False)
        for entry in self.entries():
            digest.update(f"{entry.shown}\0{entry.size_bytes}\n".encode())
        return digest.hexdigest()

    def entries(self) -> Iterator[Entry]:
        paths = self._paths if self._paths is not None else self._walk()
        for count, path in enumerate(paths, 1):
            if count > MAX_ENTRIES:
                raise TreeTooLarge(f"the folder has more than {MAX_ENTRIES:,} files")
            entry = self._entry(path)
            if entry is not None:
                yield entry

    def read(self, object_id: str) -> bytes:
        path = self._folder / object_id
        return os.readlink(os.fsencode(path)) if path.is_symlink() else path.read_bytes()

    def _entry(self, path: str) -> Entry | None:
        try:
            found = os.lstat(self._folder / path)
        except OSError:
            # git knows a file that is deleted, and not committed so.
            return None
        shown = "".join(c if c.isprintable() else "?" for c in path)[:300]
        try:
            path.encode()
        except UnicodeEncodeError:
            return Entry(None, shown, Kind.FILE, found.st_size, path)
        if stat.S_ISLNK(found.st_mode):
            return Entry(path, shown, Kind.SYMLINK, found.st_size, path)
        if stat.S_ISDIR(found.st_mode):
            return Entry(path, shown, Kind.SUBMODULE, 0, path)
        return Entry(path, shown, Kind.FILE, found.st_size, path) if stat.S_ISREG(found.st_mode) else None

    def _walk(self) -> Iterator[str]:
        for folder, folders, names in os.walk(self._folder):
            folders[:] = sorted(name for name in folders if name not in _NOT_PUSHED)
            links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
            for name in sorted([*names, *links]):
                yield os.path.relpath(os.path.join(folder, name), self._folder)


def _paths_of_git(folder: Path) -> list[str] | None:
    """Files that git would push from here after ``git add --all``; None where the folder is no git repo's top."""
    if not (folder / ".git").exists():
        return None
    command = [
        "git",
        "-c",
        "core.fsmonitor=false",
        "-C",
        str(folder),
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_GIT_TIMEOUT_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode != 0:
        return None
    names = {os.fsdecode(name).rstrip("/") for name in done.stdout.split(b"\0") if name}
    return sorted(names)
