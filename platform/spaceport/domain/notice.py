"""What people hear of: which rows of history are news to whom. Pure."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from spaceport.domain.custom_domain import RECORD_GONE, DomainStatus
from spaceport.domain.history import Happening, HappeningKind
from spaceport.domain.stage import Stage

#: Of one person and kind; older ones are forgotten.
NOTICES_KEPT = 200
#: Of them, those that the same other person caused: whoever writes a lot pushes out nothing but what they wrote.
NOTICES_OF_ACTOR = 50
NOTICE_DAYS = 90
#: People that one comment may call.
MAX_MENTIONS = 20
_MENTION = re.compile(r"(?<![\w/@.])@([A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?)")
#: What a text quotes as code calls nobody: decorators, packages of npm.
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)


class NoticeKind(StrEnum):
    """What a person may choose to hear of or not."""

    BUILD = "build"
    CRASH = "crash"
    STOP = "stop"
    DISCUSSION = "discussion"
    REPLY = "reply"
    MENTION = "mention"
    ACCESS = "access"


#: Those about discussions: hidden where a repo has none any more.
TALK = (NoticeKind.DISCUSSION, NoticeKind.REPLY, NoticeKind.MENTION)


#: Those that other people cause by themselves.
FROM_PEOPLE = (*TALK, NoticeKind.ACCESS)


class Audience(StrEnum):
    """Who may see a notice, now and later: who reads the repo, or who may write to it."""

    READERS = "readers"
    WRITERS = "writers"


@dataclass(frozen=True)
class Topic:
    """
    What a row of history is about, as far as people hear of it.

    ``subject`` is what makes two notices one: the later takes the place of the earlier, unless that was read.
    ``discussion_id`` names the talk whose people hear of it, too; ``for_user`` the only one who does.
    """

    kind: NoticeKind
    subject: str
    details: dict[str, Any] = field(default_factory=dict)
    audience: Audience = Audience.READERS
    discussion_id: str = ""
    for_user: str = ""
    #: Who did it knows it; of the own build people hear all the same.
    tells_actor: bool = False


@dataclass(frozen=True)
class Notice:
    """One line for one person. Titles and names are looked up when it is shown: they may be other ones by then."""

    id: str
    user_id: str
    repo_id: str
    kind: NoticeKind
    subject: str
    audience: Audience
    actor: str
    details: dict[str, Any]
    at: datetime
    read_at: datetime | None = None


def topic_of(happening: Happening) -> Topic | None:
    """None for what nobody needs to be told: most of it."""
    details = happening.details
    match happening.kind:
        case HappeningKind.BUILD if details.get("status") == "failed":
            told = {key: details.get(key) for key in ("build", "sha", "reason")}
            return Topic(NoticeKind.BUILD, "build", told, tells_actor=True)
        case HappeningKind.STAGE if details.get("stage") == Stage.RUNTIME_ERROR:
            return Topic(NoticeKind.CRASH, "crash", {"reason": details.get("reason")}, tells_actor=True)
        case HappeningKind.RELEASE if details.get("status") == "failed":
            told = {"release": details.get("release"), "reason": details.get("failure")}
            return Topic(NoticeKind.CRASH, "crash", told, tells_actor=True)
        case HappeningKind.COMMAND if details.get("command") in ("stopped", "suspended"):
            told = {"command": details["command"], "reason": details.get("reason")}
            return Topic(NoticeKind.STOP, "stop", told)
        case HappeningKind.CONFIG if (status := details.get("domainStatus")) in (DomainStatus.SUSPENDED, RECORD_GONE):
            told = {"command": f"domain {status}", "domain": details.get("domain")}
            return Topic(NoticeKind.STOP, "domain", told, Audience.WRITERS)
        case HappeningKind.DISCUSSION:
            return _topic_of_talk(details)
        case HappeningKind.ACCESS:
            return _topic_of_request(details)
    return None


def kind_for(topic: Topic, is_called: bool, hears: bool, quiet: Collection[NoticeKind]) -> NoticeKind | None:
    """
    As what somebody is told of it; None for not at all.

    ``hears`` is for who would be told without being called by name; they are, too, when they want no calls.
    """
    kinds = ([NoticeKind.MENTION] if is_called else []) + ([topic.kind] if hears else [])
    return next((kind for kind in kinds if kind not in quiet), None)


def mentioned_in(text: str) -> list[str]:
    """The names that a comment calls with ``@name``, lower case, the first of them."""
    names = (match[1].lower() for match in _MENTION.finditer(_CODE.sub(" ", text)))
    return list(dict.fromkeys(names))[:MAX_MENTIONS]


def _topic_of_talk(details: dict[str, Any]) -> Topic | None:
    told = {key: details.get(key) for key in ("number", "status", "isPullRequest", "comment")}
    talk = str(details["discussion"])
    is_comment = details.get("scope") == "discussion.comment"
    if details.get("action") == "create" and not is_comment:
        return Topic(NoticeKind.DISCUSSION, talk, told, discussion_id=talk)
    if details.get("action") == "create":
        return Topic(NoticeKind.REPLY, talk, told | {"verb": "commented"}, discussion_id=talk)
    if details.get("action") == "update" and details.get("change") == "status":
        return Topic(NoticeKind.REPLY, talk, told | {"verb": details["status"]}, discussion_id=talk)
    return None


def _topic_of_request(details: dict[str, Any]) -> Topic:
    """Asked: for those who may answer. Answered: for who asked."""
    if details["status"] == "pending" and not details.get("by_owner"):
        return Topic(NoticeKind.ACCESS, f"asks {details['user_id']}", {"verb": "asks"}, Audience.WRITERS)
    told = {"verb": details["status"], "reason": details.get("reason")}
    return Topic(NoticeKind.ACCESS, "answer", told, for_user=str(details["user_id"]))
