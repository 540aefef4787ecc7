"""Discussions as the Hub's clients read them. Source: hub-api.md section 11.2."""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Any

from spaceport.api.space_json import date_json
from spaceport.domain.code_line import CodeLine
from spaceport.domain.discussion import Discussion, DiscussionEvent, EventType
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.repos.discussions.pull_refs import PullCommit, PullState, dated


def discussion_json(repo: Space | Repo, discussion: Discussion) -> dict[str, Any]:
    """As in a list."""
    return {
        "num": discussion.number,
        "title": discussion.title,
        "status": str(discussion.status),
        "author": author_json(discussion.author, discussion.author_id),
        "createdAt": date_json(discussion.created_at),
        "isPullRequest": discussion.is_pull_request,
        "repo": {"name": repo.full_name, "type": discussion.repo_type},
    }


def details_json(
    repo: Space | Repo, discussion: Discussion, events: Sequence[DiscussionEvent], pull: PullState | None
) -> dict[str, Any]:
    """With all events; ``pull`` for pull requests."""
    rows = [(event.created_at, event_json(event)) for event in events]
    answer = discussion_json(repo, discussion)
    if pull is not None:
        rows += [(at, commit_json(commit, at)) for commit, at in dated(events, pull)]
        changes = {"base": f"refs/heads/{discussion.base}"}
        if pull.head:
            changes["head"] = pull.head
        if discussion.merge_sha:
            changes["mergeCommitId"] = discussion.merge_sha
        answer |= {"changes": changes, "filesWithConflicts": list(pull.conflicts) or False}
        if pull.diff is not None:
            answer["diff"] = pull.diff
    # Sorting keeps the order of equal times.
    return answer | {"events": [row for _, row in sorted(rows, key=lambda row: row[0])]}


def event_json(event: DiscussionEvent) -> dict[str, Any]:
    return {
        "id": event.id,
        "type": str(event.type),
        "createdAt": date_json(event.created_at),
        "author": author_json(event.author, event.author_id),
        "data": _comment_json(event) if event.type is EventType.COMMENT else event.data,
    }


def commit_json(commit: PullCommit, at: datetime) -> dict[str, Any]:
    return {
        "id": commit.sha[:24],
        "type": "commit",
        "createdAt": date_json(at),
        "author": author_json(commit.author),
        "data": {"subject": commit.subject, "oid": commit.sha},
    }


def author_json(name: str, user_id: str | None = None) -> dict[str, Any]:
    known = {"_id": user_id} if user_id else {}
    return {**known, "name": name, "fullname": name, "avatarUrl": "", "type": "user"}


def _comment_json(event: DiscussionEvent) -> dict[str, Any]:
    data = event.data
    changed_at = datetime.fromisoformat(data["updated_at"]) if "updated_at" in data else event.created_at
    editor = data.get("editor", event.author)
    answer: dict[str, Any] = {
        "edited": data["edits"] > 0,
        "hidden": data["hidden"],
        "latest": {
            "raw": data["content"],
            # Plain text: what is Markdown in it is drawn by who shows it.
            "html": f"<p>{escape(data['content'])}</p>",
            "updatedAt": date_json(changed_at),
            "author": {"name": editor},
        },
        "numEdits": data["edits"],
        "history": [{"raw": text} for text in data["versions"]],
    }
    if "reply_to" in data:
        answer["relatedEventId"] = data["reply_to"]
    if "place" in data:
        place = CodeLine.from_data(data["place"])
        # Where the Hub has nothing, our own: clients pass over what they do not know.
        answer["place"] = {"path": place.path, "side": str(place.side), "line": place.line, "commit": place.sha}
    return answer
