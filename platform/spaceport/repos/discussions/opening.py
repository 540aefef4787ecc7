"""A new discussion or pull request."""

from dataclasses import replace

from spaceport.domain.access import Action
from spaceport.domain.account import Caller
from spaceport.domain.discussion import Discussion, DiscussionStatus, check_text, check_title
from spaceport.domain.names import new_id
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.errors import AlreadyExists, Unavailable
from spaceport.interfaces import Transaction
from spaceport.repos.discussions.events import add_description
from spaceport.repos.discussions.finding import require_discussions
from spaceport.repos.discussions.pull_refs import make_pull_ref
from spaceport.repos.finding import kind_of
from spaceport.services import Services

_TRIES = 3


def open_discussion(services: Services, repo: Space | Repo, caller: Caller, title: str, description: str) -> Discussion:
    """Raises: SpaceNotFound, NotAuthenticated, AccessDenied, BadRequest."""
    return _open(services, repo, caller, title, description, DiscussionStatus.OPEN, is_pull_request=False)


def open_pull_request(
    services: Services,
    repo: Space | Repo,
    caller: Caller,
    title: str,
    description: str,
    status: DiscussionStatus = DiscussionStatus.DRAFT,
) -> Discussion:
    """
    A pull request to ``main``, with its ref (``Discussion.ref``) at where ``main`` is now: commits follow there.

    A draft until its author opens it; a commit that opens one by itself gives it the status open.

    Raises: SpaceNotFound, NotAuthenticated, AccessDenied, BadRequest, RevisionNotFound when there is no ``main``.
    """
    return _open(services, repo, caller, title, description, status, is_pull_request=True)


def check_opening(caller: Caller, repo: Space | Repo, title: str, description: str) -> tuple[str, str]:
    """
    Title and description as they are kept, if the caller may open anything here.

    Raises: SpaceNotFound, NotAuthenticated, AccessDenied, BadRequest.
    """
    require_discussions(caller, repo, Action.DISCUSS)
    return check_title(title), check_text(description, "description", may_be_empty=True)


def _open(
    services: Services,
    repo: Space | Repo,
    caller: Caller,
    title: str,
    description: str,
    status: DiscussionStatus,
    is_pull_request: bool,
) -> Discussion:
    title, description = check_opening(caller, repo, title, description)
    for _ in range(_TRIES):
        try:
            with services.database.begin() as tx:
                discussion = _new(tx, services, repo, caller, title, status, is_pull_request)
                if is_pull_request:
                    # A ref without its row is no harm: the next pull request of that number takes it over.
                    discussion = replace(discussion, base_sha=make_pull_ref(services, repo, discussion.ref))
                tx.discussions.add(discussion)
                add_description(tx, services, discussion, caller, description)
            return discussion
        except AlreadyExists:
            # Two opened the first discussion of a repo at once.
            continue
    raise Unavailable(f"{repo.full_name} gets many discussions just now: try again")


def _new(
    tx: Transaction,
    services: Services,
    repo: Space | Repo,
    caller: Caller,
    title: str,
    status: DiscussionStatus,
    is_pull_request: bool,
) -> Discussion:
    assert caller.user is not None
    now = services.clock.now()
    return Discussion(
        id=new_id(),
        repo_id=repo.id,
        repo_type=kind_of(repo),
        number=tx.discussions.next_number(repo.id),
        title=title,
        status=status,
        is_pull_request=is_pull_request,
        author_id=caller.user.id,
        author=caller.user.name,
        created_at=now,
        updated_at=now,
        base="main" if is_pull_request else None,
    )
