"""Which large files the commits of a repo name, in all their history."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

import pygit2

from spaceport.repos.git_command import git_environment
from spaceport.repos.pointers import MAX_POINTER_BYTES, may_be_pointer, parse_pointer
from spaceport.repos.tree import open_repo

_LIMIT_SECONDS = 600


def named_files(repo: Path) -> set[str]:
    """
    The SHA-256 of every LFS pointer that any ref leads to.

    Raises: OSError, subprocess.SubprocessError, pygit2.GitError for a repo that cannot be read; then nothing is known.
    """
    command = [
        *("git", "-c", "safe.directory=*", f"--git-dir={repo}", "rev-list", "--all", "--objects", "--no-object-names"),
        f"--filter=blob:limit={MAX_POINTER_BYTES + 1}",
    ]
    done = subprocess.run(
        command,
        env=git_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_LIMIT_SECONDS,
        check=True,
    )
    return _pointers_among(repo, done.stdout.decode("ascii").split())


def _pointers_among(repo: Path, object_ids: Iterable[str]) -> set[str]:
    opened = open_repo(repo)
    found = set()
    try:
        for object_id in object_ids:
            kind, size = opened.odb.read_header(object_id)
            if kind == pygit2.enums.ObjectType.BLOB and may_be_pointer(int(size)):
                pointer = parse_pointer(bytes(opened.odb.read(object_id)[1]))
                found |= {pointer.sha256} if pointer else set()
    finally:
        opened.free()
    return found
