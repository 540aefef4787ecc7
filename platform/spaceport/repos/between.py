"""What one commit has that another has not: as a merge would bring it."""

from dataclasses import dataclass
from pathlib import Path

import pygit2

from spaceport.errors import RevisionNotFound
from spaceport.repos.ancestry import commits_since, last_in_common
from spaceport.repos.commits.listing import Commit, to_commit
from spaceport.repos.tree import opened_repo

#: Commits that are told of, the newest; the history has the rest.
MAX_COMMITS = 100


@dataclass(frozen=True)
class Between:
    """
    ``start`` is the last commit that both have, from which changes are told; the base itself where they have none.

    ``commits`` are newest first.
    """

    start: str
    commits: tuple[Commit, ...]
    has_more: bool = False


def between(repo_path: Path, base: str, head: str) -> Between:
    """What ``head`` has and ``base`` has not, both full commit ids. Raises: RevisionNotFound, HistoryTooLong."""
    start = last_in_common(repo_path, base, head) or base
    shas = commits_since(repo_path, base, head, MAX_COMMITS + 1)
    with opened_repo(repo_path) as repo:
        try:
            found = tuple(to_commit(repo[sha]) for sha in shas[:MAX_COMMITS])
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise RevisionNotFound(f"no commit {base[:7]} or {head[:7]}, or one before them, any more") from error
    return Between(start, found, len(shas) > MAX_COMMITS)
