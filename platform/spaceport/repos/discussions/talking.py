"""What people do in a discussion: comment, edit, hide, rename, open and close it, delete it; and having none."""

from dataclasses import replace

from spaceport.domain.access import Action
from spaceport.domain.account import Caller
from spaceport.domain.code_line import CodeLine
from spaceport.domain.discussion import (
    DiscussionEvent,
    DiscussionStatus,
    check_new_status,
    check_text,
    check_title,
    edited,
    hidden,
)
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.errors import AccessDenied, BadRequest
from spaceport.repos.discussions.code_lines import check_place
from spaceport.repos.discussions.events import add_comment, require_room, set_status, set_title
from spaceport.repos.discussions.finding import (
    find_comment,
    find_discussion,
    require_author_or_moderator,
    require_discussions,
)
from spaceport.repos.discussions.news import COMMENT, tell
from spaceport.repos.discussions.pull_refs import remove_pull_ref
from spaceport.repos.finding import update_repo
from spaceport.services import Services


def comment(
    services: Services,
    repo: Space | Repo,
    caller: Caller,
    number: int,
    text: str,
    place: CodeLine | None = None,
    reply_to: str | None = None,
) -> DiscussionEvent:
    """
    About a line of a pull request's code where there is a ``place``; an answer to the comment with the id ``reply_to``.

    Raises: SpaceNotFound, NotFound, NotAuthenticated, AccessDenied, BadRequest, Conflict, RevisionNotFound.
    """
    require_discussions(caller, repo, Action.DISCUSS)
    text = check_text(text)
    if place is not None:
        check_place(services, repo, caller, place)
    with services.database.begin() as tx:
        discussion = find_discussion(tx, repo, number)
        if place is not None and not discussion.is_pull_request:
            raise BadRequest(f"{number} is a discussion: only a pull request has lines of code to comment on")
        if reply_to is not None:
            answered = find_comment(tx, discussion, reply_to)
            # Answers to an answer stand with it, one below the other.
            reply_to = answered.data.get("reply_to", answered.id)
        require_room(tx, discussion)
        return add_comment(tx, services, discussion, caller, text, place, reply_to)


def edit_comment(
    services: Services, repo: Space | Repo, caller: Caller, number: int, event_id: str, content: str
) -> DiscussionEvent:
    """By its author alone: nobody puts words into somebody's mouth. Raises: as ``comment``."""
    require_discussions(caller, repo, Action.DISCUSS)
    content = check_text(content, "content")
    assert caller.user is not None
    with services.database.begin() as tx:
        discussion = find_discussion(tx, repo, number)
        found = find_comment(tx, discussion, event_id)
        if found.author_id != caller.user.id:
            raise AccessDenied("a comment is edited by who wrote it")
        data = edited(found.data, content, caller.user.name, services.clock.now().isoformat())
        tx.discussions.update_event(found.id, data=data)
        tell(tx, services, discussion, caller, "edited a comment in", comment=found, scope=COMMENT)
    return replace(found, data=data)


def hide_comment(services: Services, repo: Space | Repo, caller: Caller, number: int, event_id: str) -> DiscussionEvent:
    """For good. Raises: as ``comment``."""
    require_discussions(caller, repo)
    with services.database.begin() as tx:
        discussion = find_discussion(tx, repo, number)
        found = find_comment(tx, discussion, event_id)
        require_author_or_moderator(caller, repo, found.author_id, "hide a comment")
        data = hidden(found.data, caller.name, services.clock.now().isoformat())
        tx.discussions.update_event(found.id, data=data)
        tell(tx, services, discussion, caller, "hid a comment in", comment=found, scope=COMMENT)
    return replace(found, data=data)


def rename(services: Services, repo: Space | Repo, caller: Caller, number: int, title: str) -> DiscussionEvent:
    """Raises: as ``comment``."""
    require_discussions(caller, repo)
    title = check_title(title)
    with services.database.begin() as tx:
        discussion = find_discussion(tx, repo, number)
        require_author_or_moderator(caller, repo, discussion.author_id, "change its title")
        require_room(tx, discussion)
        return set_title(tx, services, discussion, caller, title)


def change_status(
    services: Services, repo: Space | Repo, caller: Caller, number: int, status: str, text: str = ""
) -> DiscussionEvent:
    """Open or close it, with a comment where one is given. Raises: as ``comment``."""
    require_discussions(caller, repo)
    text = check_text(text, may_be_empty=True)
    with services.database.begin() as tx:
        discussion = find_discussion(tx, repo, number)
        require_author_or_moderator(caller, repo, discussion.author_id, "open and close it")
        new_status = check_new_status(discussion, status)
        if new_status is DiscussionStatus.OPEN or text:
            require_room(tx, discussion)
        if text:
            add_comment(tx, services, discussion, caller, text)
        return set_status(tx, services, discussion, caller, new_status)


def delete(services: Services, repo: Space | Repo, caller: Caller, number: int) -> None:
    """With all that was said, and the ref of a pull request; its number stays used. Raises: as ``comment``."""
    require_discussions(caller, repo, Action.MODERATE)
    with services.database.begin() as tx:
        discussion = find_discussion(tx, repo, number)
        tx.discussions.remove(discussion.id)
        tell(tx, services, discussion, caller, "deleted", "delete")
    if discussion.is_pull_request:
        remove_pull_ref(services, repo, discussion)


def set_discussions(services: Services, repo: Space | Repo, is_on: bool) -> None:
    """Whether a repo has discussions and pull requests; what there is stays. Rights are the caller's business."""
    with services.database.begin() as tx:
        update_repo(tx, repo, has_discussions=is_on)
