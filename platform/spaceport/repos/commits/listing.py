"""The commits that led to a revision, newest first, as far as somebody turns the pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pygit2

from spaceport.errors import EntryNotFound, RevisionNotFound
from spaceport.repos.tree import message_of, opened_repo

#: Commits that are looked at for one page; older ones are not listed, nor counted.
MAX_WALKED = 20_000
#: Of one message; who wrote more has it in the repo.
_MAX_MESSAGE_CHARACTERS = 20_000


@dataclass(frozen=True)
class Commit:
    """``message`` is what follows the title. ``parent`` is the first one, None for a first commit."""

    sha: str
    title: str
    message: str
    author: str
    at: datetime
    parent: str | None


def commits_of(repo_path: Path, sha: str, path: str, skip: int, limit: int) -> tuple[list[Commit], int]:
    """
    One page of the commits that led to ``sha`` (a full id), and how many there are altogether.

    With ``path`` those only that changed this file or folder; a merge counts where it differs from all it merged.

    Raises: RevisionNotFound; EntryNotFound when no commit knew the path.
    """
    with _opened(repo_path, sha) as repo:
        # As ``git log`` does it; all other orders read the whole history before the first commit.
        order = pygit2.enums.SortMode.NONE
        walked: Iterator[Any] = islice(repo.walk(sha, order), MAX_WALKED)
        ids = [commit.id for commit in walked if not path or _touches(commit, path)]
        if path and not ids:
            raise EntryNotFound(f"no commit of this revision knew {path[:200]!r}")
        return [to_commit(repo[each]) for each in ids[skip : skip + limit]], len(ids)


def commit_of(repo_path: Path, sha: str) -> Commit:
    """Raises: RevisionNotFound."""
    with _opened(repo_path, sha) as repo:
        return to_commit(repo[sha])


@contextmanager
def _opened(repo_path: Path, sha: str) -> Iterator[Any]:
    with opened_repo(repo_path) as repo:
        try:
            yield repo
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise RevisionNotFound(f"no commit {sha[:7]}, or one before it, any more") from error


def _touches(commit: Any, path: str) -> bool:
    now = _entry(commit, path)
    if not commit.parents:
        return now is not None
    return all(_entry(parent, path) != now for parent in commit.parents)


def _entry(commit: Any, path: str) -> tuple[str, int] | None:
    try:
        found = commit.tree[path]
    except (KeyError, ValueError, TypeError):
        return None
    return str(found.id), int(found.filemode)


def to_commit(commit: Any) -> Commit:
    """What clients and pages are told of a commit of pygit2."""
    title, _, message = message_of(commit)[:_MAX_MESSAGE_CHARACTERS].partition("\n")
    author = bytes(commit.author.raw_name).decode("utf-8", "replace").strip()
    parent = str(commit.parent_ids[0]) if commit.parent_ids else None
    return Commit(str(commit.id), title.strip(), message.strip(), author, _moment(commit.commit_time), parent)


def _moment(seconds: int) -> datetime:
    """Whoever commits writes the time: it may be one that no calendar has."""
    try:
        return datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)
    except OverflowError:
        return datetime.fromtimestamp(0, UTC)
