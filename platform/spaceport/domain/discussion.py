"""Discussions and pull requests of a repo: what they are, and which texts and changes of state are allowed."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from spaceport.domain.code_line import CodeLine
from spaceport.errors import BadRequest, Conflict

MAX_TITLE_CHARACTERS = 200
MAX_TEXT_CHARACTERS = 65_536
#: Comments and changes of one discussion: whoever wants to say more opens another.
MAX_EVENTS = 2_000
#: Earlier versions that an edited comment keeps, the newest.
_MAX_VERSIONS = 20
_PULL_REFS = "refs/pr/"


class DiscussionStatus(StrEnum):
    """As the Hub's clients spell them. Only pull requests are drafts or merged; a merged one stays so."""

    OPEN = "open"
    CLOSED = "closed"
    MERGED = "merged"
    DRAFT = "draft"


class EventType(StrEnum):
    """Commits are no events in the database: they are read from the ref of the pull request."""

    COMMENT = "comment"
    STATUS = "status-change"
    TITLE = "title-change"


@dataclass(frozen=True)
class Discussion:
    """
    A discussion or a pull request; both share the numbers of their repo, from 1.

    ``base`` is the branch a pull request goes to, ``base_sha`` where that was when it was opened. Once it is merged,
    ``merge_sha`` is where that left the branch and ``base_sha`` the last commit that both had in common before.

    ``repo_id`` may be the id of a Space.
    """

    id: str
    repo_id: str
    repo_type: str
    number: int
    title: str
    status: DiscussionStatus
    is_pull_request: bool
    author_id: str
    author: str
    created_at: datetime
    updated_at: datetime
    base: str | None = None
    base_sha: str | None = None
    merge_sha: str | None = None

    @property
    def ref(self) -> str:
        """Where the commits of a pull request are."""
        return pull_ref(self.number)


@dataclass(frozen=True)
class DiscussionEvent:
    """
    What happened in a discussion, ``position`` counts from 0. The first one is its description, a comment.

    ``data`` of a comment: ``content``, ``hidden``, ``edits`` (how many), ``versions`` (earlier contents), once it was
    changed ``updated_at`` and ``editor``, of one about a line of code ``place`` (``CodeLine.as_data``), of an answer
    ``reply_to``, the id of the comment that it answers; of a change of status: ``status``; of a new title: ``from``
    and ``to``.
    """

    id: str
    discussion_id: str
    position: int
    type: EventType
    author_id: str
    author: str
    created_at: datetime
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DiscussionFilter:
    """Which discussions of a repo are asked for: all where nothing is said. ``author`` is a name, in any case."""

    is_pull_request: bool | None = None
    statuses: tuple[DiscussionStatus, ...] = ()
    author: str = ""


#: What "open" and "closed" mean to who lists. Source: hub-api.md section 11.2.
STATUS_GROUPS = {
    "all": (),
    "open": (DiscussionStatus.OPEN, DiscussionStatus.DRAFT),
    "closed": (DiscussionStatus.CLOSED, DiscussionStatus.MERGED),
}
TYPE_GROUPS = {"all": None, "discussion": False, "pull_request": True}


def pull_ref(number: int) -> str:
    return f"{_PULL_REFS}{number}"


def pull_number(ref: str) -> int | None:
    """The number of the pull request whose commits a ref holds; None for any other ref."""
    text = ref.removeprefix(_PULL_REFS)
    is_one = ref.startswith(_PULL_REFS) and text.isascii() and text.isdigit() and not text.startswith("0")
    return int(text) if is_one and len(text) < 10 else None


def check_title(title: str) -> str:
    """One line. Raises: BadRequest."""
    line = " ".join(title.split())
    if not 0 < len(line) <= MAX_TITLE_CHARACTERS:
        raise BadRequest(f'"title" must have 1 to {MAX_TITLE_CHARACTERS} characters; given: {len(line):,}')
    return line


def check_text(text: str, what: str = "comment", may_be_empty: bool = False) -> str:
    """Raises: BadRequest."""
    kept = text.strip()
    if not kept and not may_be_empty:
        raise BadRequest(f'"{what}" must not be empty')
    if len(kept) > MAX_TEXT_CHARACTERS:
        raise BadRequest(f'"{what}" may have {MAX_TEXT_CHARACTERS:,} characters; given: {len(kept):,}')
    return kept


def check_new_status(discussion: Discussion, wanted: str) -> DiscussionStatus:
    """Open or closed, if it is not that already. Raises: BadRequest, Conflict."""
    if wanted not in (DiscussionStatus.OPEN, DiscussionStatus.CLOSED):
        raise BadRequest(f'"status" must be one of [open, closed]; given: {wanted[:50]}')
    if discussion.status is DiscussionStatus.MERGED:
        raise Conflict(f"pull request {discussion.number} is merged, and stays so")
    if discussion.status == wanted:
        raise Conflict(f"discussion {discussion.number} is {wanted} already")
    return DiscussionStatus(wanted)


def check_mergeable(discussion: Discussion) -> None:
    """Raises: BadRequest, Conflict."""
    if not discussion.is_pull_request:
        raise BadRequest(f"{discussion.number} is a discussion: only a pull request can be merged")
    if discussion.status is DiscussionStatus.MERGED:
        raise Conflict(f"pull request {discussion.number} is merged already")
    if discussion.status is DiscussionStatus.CLOSED:
        raise Conflict(f"pull request {discussion.number} is closed: open it again first")


def comment_data(content: str, place: CodeLine | None = None, reply_to: str | None = None) -> dict[str, Any]:
    data: dict[str, Any] = {"content": content, "hidden": False, "edits": 0, "versions": []}
    if place is not None:
        data["place"] = place.as_data()
    if reply_to is not None:
        data["reply_to"] = reply_to
    return data


def edited(data: dict[str, Any], content: str, editor: str, at: str) -> dict[str, Any]:
    """A comment with another content; the earlier ones are kept. ``at`` is ISO 8601. Raises: Conflict."""
    if data["hidden"]:
        raise Conflict("this comment is hidden: it cannot be changed any more")
    versions = [*data["versions"], data["content"]][-_MAX_VERSIONS:]
    return data | {
        "content": content,
        "edits": data["edits"] + 1,
        "versions": versions,
        "editor": editor,
        "updated_at": at,
    }


def hidden(data: dict[str, Any], editor: str, at: str) -> dict[str, Any]:
    """A comment without its content, which is gone for good, earlier versions too."""
    return data | {"content": "", "hidden": True, "versions": [], "editor": editor, "updated_at": at}
