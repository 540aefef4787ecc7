"""Which large files the commits of a repo name, in all their history."""

import subprocess
from pathlib import Path

from spaceport.repos.git_command import git_environment
from spaceport.repos.pointers import MAX_POINTER_BYTES
from spaceport.repos.tree import open_repo, pointers_among

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
    opened = open_repo(repo)
    try:
        return {pointer.sha256 for pointer in pointers_among(opened.odb, done.stdout.decode("ascii").split())}
    finally:
        opened.free()
