"""What the page of a discussion shows: everything that happened, in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from spaceport.domain.access import Action, can
from spaceport.domain.account import Caller
from spaceport.domain.code_line import CodeLine
from spaceport.domain.discussion import Discussion, DiscussionEvent, DiscussionStatus, EventType
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.markdown import render_markdown
from spaceport.repos.discussions.finding import may_act_on
from spaceport.repos.discussions.pull_refs import PullState, dated
from spaceport.translating import gettext

#: The description and the newest; the API has all of them.
MAX_SHOWN = 100
#: Of one page; what comes after it is shown as it was written.
_MAX_MARKDOWN_CHARACTERS = 200_000


@dataclass(frozen=True)
class Row:
    """
    One line of the story. ``html`` is clean, ``text`` is plain; a comment has one of them, unless it is hidden.

    ``what`` says what else happened, in words that follow the author's name. ``place`` is the line of code that a
    comment is about, ``reply_to`` the id of the comment that it answers.
    """

    at: datetime
    author: str
    id: str = ""
    html: str = ""
    text: str = ""
    what: str = ""
    sha: str = ""
    is_comment: bool = False
    is_edited: bool = False
    is_hidden: bool = False
    may_hide: bool = False
    place: CodeLine | None = None
    reply_to: str = ""


@dataclass(frozen=True)
class DiscussionRights:
    """What the visitor may do in this discussion."""

    comment: bool
    change: bool
    merge: bool
    delete: bool


def rights_in(caller: Caller, repo: Space | Repo, discussion: Discussion) -> DiscussionRights:
    is_over = discussion.status is DiscussionStatus.MERGED
    may_merge = discussion.is_pull_request and can(caller, Action.WRITE, repo)
    return DiscussionRights(
        comment=can(caller, Action.DISCUSS, repo),
        change=may_act_on(caller, repo, discussion.author_id) and not is_over,
        merge=may_merge and discussion.status in (DiscussionStatus.OPEN, DiscussionStatus.DRAFT),
        delete=can(caller, Action.MODERATE, repo),
    )


def rows_of(
    caller: Caller, repo: Space | Repo, events: Sequence[DiscussionEvent], pull: PullState | None
) -> tuple[list[Row], int]:
    """The rows, oldest first, and how many are left out after the first."""
    left_out = max(0, len(events) - MAX_SHOWN)
    shown = [*events[:1], *events[1 + left_out :]]
    rows: list[Row] = []
    room = _MAX_MARKDOWN_CHARACTERS
    for event in shown:
        rows.append(_row(event, room, may_act_on(caller, repo, event.author_id)))
        room -= len(event.data.get("content", ""))
    if pull is not None:
        rows += [
            Row(at, commit.author, what=gettext("committed %(title)s", title=commit.subject), sha=commit.sha)
            for commit, at in dated(events, pull)
        ]
    return sorted(rows, key=lambda row: row.at), left_out


def _row(event: DiscussionEvent, room: int, may_act: bool) -> Row:
    data = event.data
    if event.type is EventType.STATUS:
        words = {"open": gettext("opened this"), "closed": gettext("closed this"), "merged": gettext("merged this")}
        return Row(event.created_at, event.author, what=words.get(data["status"], data["status"]))
    if event.type is EventType.TITLE:
        return Row(
            event.created_at, event.author, what=gettext("changed the title, which was: %(title)s", title=data["from"])
        )
    content = data["content"]
    as_markdown = len(content) <= room
    return Row(
        event.created_at,
        event.author,
        id=event.id,
        html=render_markdown(content) if as_markdown else "",
        text="" if as_markdown else content,
        is_comment=True,
        is_edited=data["edits"] > 0,
        is_hidden=data["hidden"],
        may_hide=may_act and not data["hidden"],
        place=CodeLine.from_data(data["place"]) if "place" in data else None,
        reply_to=data.get("reply_to", ""),
    )
