"""The git side of a pull request: its ref, its commits, what it changes, and where it conflicts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pygit2

from spaceport.domain.discussion import Discussion, DiscussionEvent, DiscussionStatus
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.errors import RevisionNotFound
from spaceport.repos.ancestry import LIMIT_SECONDS, HistoryTooLong, commits_since, last_in_common
from spaceport.repos.commits.listing import to_commit
from spaceport.repos.discussions.joining import join
from spaceport.repos.discussions.patch import patch_text
from spaceport.repos.finding import folder_of
from spaceport.repos.paths import MAIN
from spaceport.repos.tree import TreeTooLarge, opened_repo
from spaceport.services import Services

#: Of one pull request, the newest; the rest is in the history of its ref.
MAX_COMMITS = 250


@dataclass(frozen=True)
class PullCommit:
    """A commit that a pull request adds. ``author`` is what the commit itself says, which nobody checked."""

    sha: str
    subject: str
    author: str
    at: datetime


@dataclass(frozen=True)
class PullState:
    """
    What a pull request would bring to its base, or has brought.

    ``conflicts`` are the paths that both sides changed in different ways; always empty once it is merged. ``diff`` is
    the text of a patch, None where it was not asked for. With a ``note`` nothing was looked for but ``head``: it says
    why.
    """

    commits: tuple[PullCommit, ...] = ()
    conflicts: tuple[str, ...] = ()
    diff: str | None = None
    base: str | None = None
    head: str | None = None
    note: str | None = None


def make_pull_ref(services: Services, repo: Space | Repo, ref: str) -> str:
    """At where ``main`` is, which is returned. Raises: RevisionNotFound."""
    with opened_repo(folder_of(services, repo)) as git:
        main = tip(git, MAIN)
        git.references.create(ref, main, force=True)
        return str(main)


def remove_pull_ref(services: Services, repo: Space | Repo, discussion: Discussion) -> None:
    with opened_repo(folder_of(services, repo)) as git:
        if discussion.ref in git.references:
            git.references.delete(discussion.ref)


def tip(git: Any, ref: str) -> Any:
    """The commit a ref is at, as an object id. Raises: RevisionNotFound."""
    try:
        return git.references[ref].peel(pygit2.Commit).id
    except (KeyError, ValueError, pygit2.GitError) as error:
        raise RevisionNotFound(f"{ref} is not there") from error


def pull_state(services: Services, repo: Space | Repo, discussion: Discussion, with_diff: bool) -> PullState:
    return read_state(folder_of(services, repo), discussion, with_diff)


def read_state(
    repo_path: Path, discussion: Discussion, with_diff: bool, limit_seconds: float = LIMIT_SECONDS
) -> PullState:
    """Of a pull request whose ref is gone: nothing. ``limit_seconds`` is for each question to git."""
    with opened_repo(repo_path) as git:
        try:
            head = str(tip(git, discussion.ref))
            main = str(tip(git, MAIN))
        except RevisionNotFound:
            return PullState()
        try:
            base = discussion.base_sha if discussion.merge_sha else None
            base = base or last_in_common(repo_path, main, head, limit_seconds)
            shas = commits_since(repo_path, base, head, MAX_COMMITS, limit_seconds)
        except (HistoryTooLong, RevisionNotFound) as error:
            return PullState(diff=f"# not compared: {error}\n" if with_diff else None, head=head, note=str(error))
        return PullState(
            commits=_commits(git, shas),
            conflicts=() if discussion.merge_sha else conflicts(git, base, main, head),
            diff=patch_text(git, base, head) if with_diff else None,
            base=base,
            head=head,
        )


def dated(events: Sequence[DiscussionEvent], pull: PullState) -> list[tuple[PullCommit, datetime]]:
    """
    The commits of a pull request with their times, which anybody can set.

    None is before the description, nor after the merge.
    """
    first = events[0].created_at if events else datetime.min.replace(tzinfo=UTC)
    merges = [event.created_at for event in events if event.data.get("status") == DiscussionStatus.MERGED]
    return [(commit, min([max(commit.at, first), *merges])) for commit in pull.commits]


def conflicts(git: Any, base: Any | None, main: Any, head: Any) -> tuple[str, ...]:
    """
    Paths that both sides changed in different ways; none where a merge would say that there are too many files.

    ``base`` as in ``join``.
    """
    if base in (main, head):
        return ()
    try:
        return join(git, base, main, head).conflicts
    except TreeTooLarge:
        return ()


def _commits(git: Any, shas: Sequence[str]) -> tuple[PullCommit, ...]:
    """Oldest first; ``shas`` are newest first."""
    found: list[PullCommit] = []
    for commit in (git[sha] for sha in reversed(shas)):
        told = to_commit(commit)
        at = datetime.fromtimestamp(max(0, min(commit.commit_time, 2**32)), UTC)
        found.append(PullCommit(told.sha, told.title[:500], told.author[:96], at))
    return tuple(found)
