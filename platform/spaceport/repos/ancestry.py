"""
How two commits are related; asks git, which reads whole histories for that.

libgit2 would read them, too, but within this process, where nothing else goes on meanwhile and nobody can stop it.
"""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from spaceport.errors import BadRequest, RevisionNotFound
from spaceport.repos.git_command import git_environment

#: Somebody waits. Enough for about a million commits.
LIMIT_SECONDS = 10.0
_NOTHING_IN_COMMON = 1


class HistoryTooLong(BadRequest):
    """Nobody can wait until git has read all that led to these commits."""


def last_in_common(repo_path: Path, one: str, other: str, limit_seconds: float = LIMIT_SECONDS) -> str | None:
    """
    The last commit that led to both, the best of several; all are full commit ids. None where there is none.

    Raises: RevisionNotFound when one of them or of those before it is not there, HistoryTooLong.

    Source: git-merge-base(1).
    """
    done = _ask(repo_path, ["merge-base"], [one, other], limit_seconds)
    if done.returncode == _NOTHING_IN_COMMON:
        return None
    return _checked(done, one, other).strip()


def commits_since(
    repo_path: Path, base: str | None, head: str, limit: int, limit_seconds: float = LIMIT_SECONDS
) -> list[str]:
    """
    At most ``limit`` commits that led to ``head`` and not to ``base``, newest first, none after one that led to it.

    All are full commit ids; without ``base`` everything that led to ``head`` counts.

    Raises: RevisionNotFound when one of them or of those before it is not there, HistoryTooLong.

    Source: git-rev-list(1).
    """
    command = ["rev-list", "--topo-order", f"--max-count={limit}"]
    ends = [head] if base is None else [head, f"^{base}"]
    return _checked(_ask(repo_path, command, ends, limit_seconds), base or head, head).split()


def whole_history(repo_path: Path, tips: Sequence[str], limit: int, limit_seconds: float = LIMIT_SECONDS) -> list[str]:
    """
    The commits ``tips`` and all that led to them, each after those that it follows; the newest ``limit`` of them.

    Raises: RevisionNotFound when one of them is not there, HistoryTooLong.

    Source: git-rev-list(1).
    """
    if not tips:
        return []
    command = ["rev-list", "--topo-order", "--reverse", f"--max-count={limit}", "--stdin"]
    # There may be more branches than a command line holds.
    done = _ask(repo_path, command, [], limit_seconds, "".join(f"{tip}\n" for tip in tips))
    return _checked(done, tips[0], tips[-1]).split()


def _ask(
    repo_path: Path, command: Sequence[str], ends: Sequence[str], limit_seconds: float, given: str = ""
) -> "subprocess.CompletedProcess[bytes]":
    try:
        return subprocess.run(
            ["git", "-c", "safe.directory=*", f"--git-dir={repo_path}", *command, "--end-of-options", *ends],
            # What refs/replace says counts nowhere else in the hub.
            env=git_environment(GIT_NO_REPLACE_OBJECTS="1"),
            input=given.encode(),
            capture_output=True,
            timeout=limit_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise HistoryTooLong("the history is too long to be looked through here: use git log") from error


def _checked(done: "subprocess.CompletedProcess[bytes]", one: str, other: str) -> str:
    if done.returncode != 0:
        raise RevisionNotFound(f"no commit {one[:7]} or {other[:7]}, or one before them, any more")
    return done.stdout.decode("ascii")
