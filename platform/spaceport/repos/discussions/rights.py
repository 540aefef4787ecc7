"""Who may move the commits of a pull request."""

from spaceport.domain.access import Action
from spaceport.domain.account import Caller
from spaceport.domain.discussion import Discussion, DiscussionStatus, pull_number
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.errors import Conflict, RevisionNotFound
from spaceport.interfaces import Transaction
from spaceport.repos.discussions.finding import can_propose, require_discussions


def require_pull_commit(tx: Transaction, repo: Space | Repo, caller: Caller, ref: str) -> None:
    """
    Commits to a pull request (``ref`` is its ref) come from who opened it and from those who may write to the repo.

    Raises: SpaceNotFound, NotAuthenticated, AccessDenied, RevisionNotFound, Conflict when it is merged.
    """
    discussion = find_pull_request(tx, repo, ref)
    require_discussions(caller, repo, Action.DISCUSS if is_own(discussion, caller) else Action.WRITE)
    if discussion is None:
        raise RevisionNotFound(f"there is no open pull request with the commits {ref[:100]!r}")
    if discussion.status is DiscussionStatus.MERGED:
        raise Conflict(f"pull request {discussion.number} is merged: open another one")


def find_pull_request(tx: Transaction, repo: Space | Repo, ref: str) -> Discussion | None:
    """The one whose commits a ref holds."""
    number = pull_number(ref)
    found = tx.discussions.by_number(repo.id, number) if number is not None else None
    return found if found is not None and found.is_pull_request else None


def is_own(discussion: Discussion | None, caller: Caller) -> bool:
    """Whether the caller opened it."""
    return discussion is not None and caller.user is not None and discussion.author_id == caller.user.id


def has_own_pull_request(tx: Transaction, repo: Space | Repo, caller: Caller) -> bool:
    """Whether somebody who may not write to the repo may push to something in it all the same."""
    if caller.user is None or not can_propose(caller, repo):
        return False
    return tx.discussions.has_pull_request_of(repo.id, caller.user.id)
