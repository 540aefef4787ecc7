"""Discussions and comments as webhooks are told of them. Pure. Source: hub-api.md section 11.5."""

from dataclasses import dataclass
from typing import Any

from spaceport.domain.discussion import Discussion, DiscussionEvent
from spaceport.domain.history import Happening


@dataclass(frozen=True)
class Talk:
    """What is there by now of what the news is about; None for what is gone, and where no comment is meant."""

    discussion: Discussion | None = None
    comment: DiscussionEvent | None = None


def talk_json(happening: Happening, talk: Talk, web: str, api: str) -> dict[str, Any]:
    """``web`` and ``api`` are the addresses of the repo. What was hidden or deleted meanwhile has no text."""
    details, discussion = happening.details, talk.discussion
    number = details["number"]
    page = f"{web}/discussions/{number}"
    told: dict[str, Any] = {
        "id": details["discussion"],
        "num": number,
        "title": discussion.title if discussion else "",
        "author": {"id": details["author"]},
        "status": details["status"],
        "isPullRequest": details["isPullRequest"],
        "url": {"web": page, "api": f"{api}/discussions/{number}"},
    }
    if discussion is not None and discussion.base:
        told["changes"] = {"base": f"refs/heads/{discussion.base}"}
    return {"discussion": told} | ({"comment": _comment_json(talk.comment, page)} if talk.comment else {})


def _comment_json(comment: DiscussionEvent, page: str) -> dict[str, Any]:
    is_hidden = bool(comment.data["hidden"])
    told = {
        "id": comment.id,
        "author": {"id": comment.author_id},
        "hidden": is_hidden,
        "url": {"web": f"{page}#comment-{comment.id}"},
    }
    return told if is_hidden else told | {"content": comment.data["content"]}
