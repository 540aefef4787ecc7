"""Refs: which ones people may move, where they are, and moving one only from where it was seen."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pygit2

from spaceport.domain.discussion import pull_number
from spaceport.errors import RevisionNotFound, Unavailable
from spaceport.repos.git_command import git_environment
from spaceport.repos.paths import MAIN
from spaceport.repos.tree import opened_repo

HEADS, TAGS, PULLS, CONVERTS = "refs/heads/", "refs/tags/", "refs/pr/", "refs/convert/"
ZERO = "0" * 40
_GIT_TIMEOUT_SECONDS = 30
#: How long git waits for whoever holds the lock of the same ref.
_LOCK_TIMEOUT_MILLISECONDS = 5_000


@dataclass(frozen=True)
class Moved:
    """One ref of a push, or of whatever else moves refs; 40 zeros stand for "not there"."""

    old: str
    new: str
    ref: str

    @property
    def is_deletion(self) -> bool:
        return set(self.new) == {"0"}


def check_refs(moved: Sequence[Moved]) -> list[str]:
    """Which refs may be pushed at all; pure."""
    problems = []
    for each in moved:
        if not each.ref.isprintable():
            problems.append(f"{ascii(each.ref)[:200]} cannot be pushed: its name reads as another one")
        elif is_pull(each.ref):
            if each.is_deletion:
                problems.append(f"{each.ref} cannot be deleted: close the pull request")
        elif not each.ref.startswith((HEADS, TAGS)):
            problems.append(f"{each.ref} cannot be pushed: only branches, tags and pull requests (refs/pr/N) can")
        elif each.ref == MAIN and each.is_deletion:
            problems.append("main cannot be deleted: it is what is deployed")
    return problems


def is_pull(ref: str) -> bool:
    """Whether a ref may hold the commits of a pull request."""
    return pull_number(ref) is not None


def branch_ref(revision: str) -> str:
    """
    The ref that a commit to this revision moves: a branch, or a pull request. Whether it exists is another question.

    Raises: RevisionNotFound for tags and names that no branch can have.
    """
    ref = revision if revision.startswith("refs/") else HEADS + revision
    is_branch = ref.startswith(HEADS) and pygit2.reference_is_valid_name(ref)
    if not is_branch and not is_pull(ref):
        raise RevisionNotFound(f"{revision[:100]!r} is no branch: commits go to branches only")
    return ref


def read_ref(repo_path: Path, ref: str) -> str | None:
    """The commit a ref is at; None when there is no such ref. Raises: RevisionNotFound when there is no repo."""
    with opened_repo(repo_path) as repo:
        try:
            found = repo.references.get(ref)
            return str(found.peel(pygit2.Commit).id) if found is not None else None
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise RevisionNotFound(f"{ref} leads to no commit") from error


def move_ref(repo_path: Path, moved: Moved) -> bool:
    """
    Move a ref from ``old`` to ``new``; False when it is not at ``old`` any more, and nothing is done then.

    Deletes with ``new`` zero, creates with ``old`` zero.

    Raises: Unavailable when git does not come to an end.
    """
    return move_refs(repo_path, [moved])


def move_refs(repo_path: Path, moved: Sequence[Moved]) -> bool:
    """
    All of them, or none where one is not at ``old`` any more: by the git program, whose locks pushes respect.

    Raises: Unavailable when git does not come to an end.
    """
    command = ["git", "-c", "safe.directory=*", "-c", f"core.filesRefLockTimeout={_LOCK_TIMEOUT_MILLISECONDS}"]
    command += ["-C", str(repo_path), "update-ref", "--no-deref", "--stdin"]
    lines = "".join(f"update {each.ref}\0{each.new}\0{each.old}\0" for each in moved)
    try:
        done = subprocess.run(
            [*command, "-z"],
            input=lines.encode(),
            capture_output=True,
            env=git_environment(),
            timeout=_GIT_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"{moved[0].ref} could not be moved in time: try again") from error
    return done.returncode == 0
