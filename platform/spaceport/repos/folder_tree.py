"""A folder on disk in the form that the checks at the door read commits in."""

import hashlib
import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

from spaceport.errors import BadRequest
from spaceport.repos.pointers import format_pointer
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
        self._in_lfs = _paths_in_lfs(folder, self._paths or [])

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
        if object_id in self._in_lfs:
            return self._pointer(object_id)
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
        if not stat.S_ISREG(found.st_mode):
            return None
        size_bytes = len(self._pointer(path)) if path in self._in_lfs else found.st_size
        return Entry(path, shown, Kind.FILE, size_bytes, path)

    def _pointer(self, path: str) -> bytes:
        """What stands in git for a file of LFS; nobody looks for its bytes here, so its hash is of no interest."""
        return format_pointer("0" * 64, (self._folder / path).stat().st_size)

    def _walk(self) -> Iterator[str]:
        for folder, folders, names in os.walk(self._folder):
            folders[:] = sorted(name for name in folders if name not in _NOT_PUSHED)
            links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
            for name in sorted([*names, *links]):
                yield os.path.relpath(os.path.join(folder, name), self._folder)


def _paths_in_lfs(folder: Path, paths: list[str]) -> frozenset[str]:
    """Those that git hands to git-lfs when they are added."""
    named = "".join(f"{path}\0" for path in paths).encode("utf-8", "surrogateescape")
    answer = _ask_git(folder, "check-attr", "-z", "--stdin", "filter", given=named) if paths else None
    parts = [os.fsdecode(part) for part in (answer or b"").split(b"\0")]
    return frozenset(path for path, value in zip(parts[::3], parts[2::3], strict=False) if value == "lfs")


def _paths_of_git(folder: Path) -> list[str] | None:
    """Files that git would push from here after ``git add --all``; None where the folder is no git repo's top."""
    if not (folder / ".git").exists():
        return None
    answer = _ask_git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if answer is None:
        return None
    return sorted({os.fsdecode(name).rstrip("/") for name in answer.split(b"\0") if name})


def _ask_git(folder: Path, *arguments: str, given: bytes = b"") -> bytes | None:
    """None where git does not answer."""
    try:
        done = subprocess.run(
            ["git", "-c", "core.fsmonitor=false", "-C", str(folder), *arguments],
            input=given,
            capture_output=True,
            timeout=_GIT_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
