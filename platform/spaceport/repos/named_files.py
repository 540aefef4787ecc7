"""Which large files the commits of a repo name, in all their history."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pygit2

from spaceport.errors import Unavailable
from spaceport.repos.files import shown_path
from spaceport.repos.git_command import git_environment
from spaceport.repos.pointers import MAX_POINTER_BYTES, Pointer
from spaceport.repos.refs import PULLS
from spaceport.repos.tree import open_repo, opened_repo, pointers_among

_LIMIT_SECONDS = 600
#: Somebody waits for what is new.
_NEW_LIMIT_SECONDS = 60
_BUT_PULLS = (f"--exclude={PULLS}*", "--all")


def named_files(repo: Path) -> set[str]:
    """
    The SHA-256 of every LFS pointer that any ref leads to.

    Raises: OSError, subprocess.SubprocessError, pygit2.GitError for a repo that cannot be read; then nothing is known.
    """
    return {pointer.sha256 for pointer in _pointers(repo, ["--all"], _LIMIT_SECONDS)}


def files_on_branches(repo: Path) -> set[str]:
    """Those that a branch or tag leads to, and not pull requests alone. Raises: the same."""
    return {pointer.sha256 for pointer in _pointers(repo, _BUT_PULLS, _LIMIT_SECONDS)}


def paths_of_files(repo: Path, which: Sequence[str]) -> dict[str, str]:
    """
    A path for the SHA-256 of every LFS pointer that these refs (``--all`` for any) lead to: one of those it has there.

    Raises: Unavailable when git does not come to an end.
    """
    try:
        listed = _listed(repo, ["--object-names", *which], _NEW_LIMIT_SECONDS)
        with opened_repo(repo) as opened:
            paths: dict[str, str] = {}
            for line in listed.split(b"\n"):
                object_id, _, path = line.partition(b" ")
                for pointer in pointers_among(opened.odb, [object_id.decode("ascii")] if path else []):
                    paths.setdefault(pointer.sha256, shown_path(path))
            return paths
    except (OSError, subprocess.SubprocessError, pygit2.GitError, KeyError) as error:
        raise Unavailable("the large files of this repo could not be looked for: try again") from error


def newly_named(repo: Path, shas: Sequence[str], quarantine: Path | None = None) -> list[Pointer]:
    """
    The LFS pointers that these commits and tags lead to, and no ref yet; new objects may be in ``quarantine``.

    Raises: Unavailable when git does not come to an end.
    """
    return _new_pointers(repo, ["--all"], shas, quarantine)


def newly_on_branches(repo: Path, shas: Sequence[str], quarantine: Path | None = None) -> list[Pointer]:
    """The same with those that pull requests lead to, and nothing else does."""
    return _new_pointers(repo, _BUT_PULLS, shas, quarantine)


def _new_pointers(repo: Path, known: Sequence[str], shas: Sequence[str], quarantine: Path | None) -> list[Pointer]:
    if not shas:
        return []
    try:
        return _pointers(repo, ["--stdin", "--not", *known], _NEW_LIMIT_SECONDS, shas, quarantine)
    except (OSError, subprocess.SubprocessError, pygit2.GitError, KeyError) as error:
        raise Unavailable("the large files of these commits could not be looked for: try again") from error


def _pointers(
    repo: Path, which: Sequence[str], limit_seconds: float, shas: Sequence[str] = (), quarantine: Path | None = None
) -> list[Pointer]:
    listed = _listed(repo, ["--no-object-names", *which], limit_seconds, shas, quarantine)
    opened = open_repo(repo)
    try:
        if quarantine is not None:
            opened.odb.add_disk_alternate(str(quarantine))
        return list(pointers_among(opened.odb, listed.decode("ascii").split()))
    finally:
        opened.free()


def _listed(
    repo: Path, which: Sequence[str], limit_seconds: float, shas: Sequence[str] = (), quarantine: Path | None = None
) -> bytes:
    """What git lists: commits, folders and all files that are small enough to be pointers."""
    command = ["git", "-c", "safe.directory=*", f"--git-dir={repo}", "rev-list", "--objects"]
    beside = {"GIT_ALTERNATE_OBJECT_DIRECTORIES": str(quarantine)} if quarantine is not None else {}
    done = subprocess.run(
        [*command, f"--filter=blob:limit={MAX_POINTER_BYTES + 1}", *which],
        env=git_environment(**beside),
        input="".join(f"{sha}\n" for sha in shas).encode(),
        capture_output=True,
        timeout=limit_seconds,
        check=True,
    )
    return done.stdout
