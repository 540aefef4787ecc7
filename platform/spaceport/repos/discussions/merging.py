"""A pull request becomes part of ``main``."""

from dataclasses import dataclass

from spaceport.domain.access import Action
from spaceport.domain.account import Caller
from spaceport.domain.discussion import Discussion, DiscussionEvent, DiscussionStatus, check_mergeable, check_text
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.errors import Conflict, MergeConflict, RevisionNotFound
from spaceport.repos.ancestry import last_in_common
from spaceport.repos.commits.landing import land, open_quarantine
from spaceport.repos.commits.quarantine import Quarantine
from spaceport.repos.discussions.events import add_comment, set_status
from spaceport.repos.discussions.finding import find_discussion, require_discussions
from spaceport.repos.discussions.joining import join
from spaceport.repos.finding import folder_of
from spaceport.repos.paths import MAIN
from spaceport.repos.refs import read_ref
from spaceport.services import Services


@dataclass(frozen=True)
class _Merged:
    """``base`` is the last commit that both had in common, ``head`` what was merged, ``sha`` where ``main`` is now."""

    base: str | None
    head: str
    sha: str


def merge(
    services: Services, repo: Space | Repo, caller: Caller, number: int, text: str = "", seen: str | None = None
) -> DiscussionEvent:
    """
    Bring the commits of a pull request to ``main``: forward where it can be, else with a commit that joins both.

    What ``main`` would be is checked like a push, and what follows is the same: a Space is built and deployed. Pushes
    and merges at the same time both arrive, as long as they do not conflict. Where ``seen`` is given, nothing but that
    commit is merged: its author may push another one between a look and a click. What comes while it is merged stays
    for another merge, and the pull request stays open.

    Raises: SpaceNotFound, NotFound, NotAuthenticated, AccessDenied, BadRequest when a push of it would be refused,
    MergeConflict, Conflict, Unavailable.
    """
    require_discussions(caller, repo, Action.WRITE)
    text = check_text(text, may_be_empty=True)
    with services.database.read() as tx:
        discussion = find_discussion(tx, repo, number)
    check_mergeable(discussion)
    merged = _land(services, repo, caller, discussion, seen)
    with services.database.begin() as tx:
        # Writing first takes the row's lock on PostgreSQL: of two merges at once one says so.
        tx.discussions.update(discussion.id, updated_at=services.clock.now())
        if find_discussion(tx, repo, number).status is DiscussionStatus.MERGED:
            raise Conflict(f"somebody else merged pull request {number} in this moment")
        if read_ref(folder_of(services, repo), discussion.ref) != merged.head:
            raise Conflict(f"main has {merged.head[:7]}, but pull request {number} got more commits in this moment")
        if text:
            add_comment(tx, services, discussion, caller, text)
        changes = {"merge_sha": merged.sha, "base_sha": merged.base}
        return set_status(tx, services, discussion, caller, DiscussionStatus.MERGED, **changes)


def _land(services: Services, repo: Space | Repo, caller: Caller, discussion: Discussion, seen: str | None) -> _Merged:
    folder = folder_of(services, repo)
    head = read_ref(folder, discussion.ref)
    if head is None:
        raise RevisionNotFound(f"{discussion.ref} is not there any more")
    if seen is not None and seen != head:
        raise Conflict(f"pull request {discussion.number} is at {head[:7]} by now: look at it again, then merge it")
    base: str | None = None

    def make(inside: Quarantine, main: str) -> str:
        nonlocal base
        base = last_in_common(folder, main, head)
        if base == head:
            return _is_in_main_already(discussion, main, head)
        return head if base == main else _join(inside, base, main, head, caller, discussion)

    with open_quarantine(services, repo) as quarantine:
        landed = land(services, repo, MAIN, caller.name, make, quarantine)
    return _Merged(discussion.base_sha if base == head else base, head, landed.sha)


def _is_in_main_already(discussion: Discussion, main: str, head: str) -> str:
    """
    ``main`` as it is: somebody pushed the same commits there, or the hub was stopped between a merge and its note.

    Raises: Conflict when the pull request has no commits at all.
    """
    if head == discussion.base_sha:
        raise Conflict(f"there is nothing to merge: push commits to {discussion.ref} first")
    return main


def _join(inside: Quarantine, base: str | None, main: str, head: str, caller: Caller, discussion: Discussion) -> str:
    """A commit with both as parents. Raises: MergeConflict, TreeTooLarge."""
    joined = join(inside.repo, base, main, head)
    if joined.conflicts:
        raise MergeConflict(joined.conflicts)
    message = f"{discussion.title} (#{discussion.number})\n\nMerge {discussion.ref} by {discussion.author}.\n"
    return inside.write_commit(str(joined.index.write_tree(inside.repo)), [main, head], message, caller.name)
