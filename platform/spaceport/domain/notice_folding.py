"""Calls by one person become one line where there are many: nobody fills the bell of somebody else. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from spaceport.domain.notice import Notice, NoticeKind

#: Unread calls of one person by the same one that are told apart; with the next one those of a repo become one.
MENTIONS_APART = 5


@dataclass(frozen=True)
class Folded:
    """What is to be written, and the ids of those that are in it and go."""

    notice: Notice
    gone: tuple[str, ...] = ()


def fold(notice: Notice, earlier: Sequence[Notice]) -> Folded:
    """
    One that says how often somebody called, in its discussion, or in its repo where there were calls in many.

    ``earlier`` are unread calls of the same person by the same one. What is no call is left as it is.
    """
    if notice.kind is not NoticeKind.MENTION:
        return Folded(notice)
    in_repo = [each for each in earlier if each.repo_id == notice.repo_id]
    here = [each for each in in_repo if each.subject == notice.subject]
    taken = here if here or len(earlier) < MENTIONS_APART else in_repo
    if not taken:
        return Folded(notice)
    is_of_repo = any(each.subject != notice.subject or each.details.get("inRepo") for each in taken)
    told = {"times": 1 + sum(times_of(each) for each in taken)} | ({"inRepo": True} if is_of_repo else {})
    return Folded(replace(notice, details=notice.details | told), tuple(each.id for each in taken))


def times_of(notice: Notice) -> int:
    """How many calls a notice stands for."""
    return int(notice.details.get("times", 1))
