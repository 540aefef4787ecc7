"""The git side of a pull request: its ref, its commits, what it changes, and where it conflicts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pygit2

from spaceport.domain.discussion import Discussion, DiscussionEvent, DiscussionStatus
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.errors import RevisionNotFound
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
    the text of a patch, None where it was not asked for.
    """

    commits: tuple[PullCommit, ...] = ()
    conflicts: tuple[str, ...] = ()
    diff: str | None = None
    base: str | None = None
    head: str | None = None


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
    """Of a pull request whose ref is gone: nothing."""
    with opened_repo(folder_of(services, repo)) as git:
        try:
            head = tip(git, discussion.ref)
            main = tip(git, MAIN)
        except RevisionNotFound:
            return PullState()
        base = git.merge_base(main, head)
        if discussion.merge_sha and discussion.base_sha:
            base = pygit2.Oid(hex=discussion.base_sha)
        return PullState(
            commits=_commits(git, head, base),
            conflicts=() if discussion.merge_sha else conflicts(git, main, head),
            diff=patch_text(git, base, head) if with_diff else None,
            base=str(base) if base is not None else None,
            head=str(head),
        )


def dated(events: Sequence[DiscussionEvent], pull: PullState) -> list[tuple[PullCommit, datetime]]:
    """
    The commits of a pull request with their times, which anybody can set.

    None is before the description, nor after the merge.
    """
    first = events[0].created_at if events else datetime.min.replace(tzinfo=UTC)
    merges = [event.created_at for event in events if event.data.get("status") == DiscussionStatus.MERGED]
    return [(commit, min([max(commit.at, first), *merges])) for commit in pull.commits]


def conflicts(git: Any, main: Any, head: Any) -> tuple[str, ...]:
    """Paths that both sides changed in different ways; none where a merge would say that there are too many files."""
    if git.merge_base(main, head) in (main, head):
        return ()
    try:
        return join(git, main, head).conflicts
    except TreeTooLarge:
        return ()


def _commits(git: Any, head: Any, base: Any) -> tuple[PullCommit, ...]:
    """Oldest first."""
    walker = git.walk(head, pygit2.enums.SortMode.TOPOLOGICAL)
    if base is not None:
        walker.hide(base)
    found: list[PullCommit] = []
    for commit in walker:
        if len(found) == MAX_COMMITS:
            break
        told = to_commit(commit)
        at = datetime.fromtimestamp(max(0, min(commit.commit_time, 2**32)), UTC)
        found.append(PullCommit(told.sha, told.title[:500], told.author[:96], at))
    return tuple(reversed(found))
