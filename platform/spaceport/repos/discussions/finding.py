"""A discussion by its number, for who may see it or do something in it."""

from spaceport.domain.access import Action, can, require
from spaceport.domain.account import Caller
from spaceport.domain.discussion import Discussion, DiscussionEvent, EventType
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.errors import AccessDenied, BadRequest, NotFound
from spaceport.interfaces import Transaction


def require_discussions(caller: Caller, repo: Space | Repo, action: Action = Action.READ) -> None:
    """
    Let pass who may do this, where the repo has discussions at all.

    Raises: SpaceNotFound, NotAuthenticated, AccessDenied.

    Source: hub-api.md section 11.2 (clients look for both words of the message).
    """
    require(caller, Action.READ, repo)
    if not repo.has_discussions:
        raise AccessDenied(f"the discussions of {repo.full_name} are disabled")
    require(caller, action, repo)


def can_propose(caller: Caller, repo: Space | Repo) -> bool:
    """Whether somebody may open a pull request here, and so send files for one."""
    return repo.has_discussions and can(caller, Action.DISCUSS, repo)


def find_discussion(tx: Transaction, repo: Space | Repo, number: int) -> Discussion:
    """Raises: NotFound."""
    found = tx.discussions.by_number(repo.id, number)
    if found is None:
        raise NotFound(f"{repo.full_name} has no discussion {number}")
    return found


def find_comment(tx: Transaction, discussion: Discussion, event_id: str) -> DiscussionEvent:
    """Raises: NotFound, BadRequest."""
    found = tx.discussions.event(discussion.id, event_id.lower())
    if found is None:
        raise NotFound(f"discussion {discussion.number} has no comment {event_id[:50]}")
    if found.type is not EventType.COMMENT:
        raise BadRequest("only comments can be edited and hidden")
    return found


def require_author_or_moderator(caller: Caller, repo: Space | Repo, author_id: str, what: str) -> None:
    """Raises: NotAuthenticated, AccessDenied."""
    if not may_act_on(caller, repo, author_id):
        require(caller, Action.DISCUSS, repo)
        raise AccessDenied(f"only who wrote it, or who moderates {repo.full_name}, may {what}")


def may_act_on(caller: Caller, repo: Space | Repo, author_id: str) -> bool:
    """Whether it is the caller's own, or the caller moderates the repo."""
    is_own = caller.user is not None and caller.user.id == author_id
    return (is_own and can(caller, Action.DISCUSS, repo)) or can(caller, Action.MODERATE, repo)
