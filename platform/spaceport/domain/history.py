"""What happened to a Space: one row per change that people or programs may want to hear of, never changed again."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any


class HappeningKind(StrEnum):
    """Names as webhooks and the event stream tell them."""

    PUSH = "push"
    STAGE = "stage"
    RELEASE = "release"
    BUILD = "build"
    CONFIG = "config"
    COMMAND = "command"
    #: What the platform put right by itself: a crash, a lost worker, a push that a stopped hub had missed.
    REPAIR = "repair"
    #: Discussions and pull requests, of repos of all types.
    DISCUSSION = "discussion"
    #: Who asks to be let into a gated repo, and what the owner says to that.
    ACCESS = "access"


#: What happens to the repo itself, and to an app; people talk and ask more than that.
NO_TALK = tuple(kind for kind in HappeningKind if kind not in (HappeningKind.DISCUSSION, HappeningKind.ACCESS))


@dataclass(frozen=True)
class Happening:
    """
    ``number`` orders all of them, ``summary`` is one line for people, ``details`` is safe to show to who may read the
    Space. ``space_name`` is the ``owner/name`` it had then: the row outlives the Space. What happens to models and
    datasets is told in the same way, under the id and the name of the repo.

    Written in the transaction of the change itself, so that nothing is told that did not happen, and nothing lost.
    """

    id: str
    space_id: str
    number: int
    at: datetime
    kind: HappeningKind
    actor: str
    summary: str
    details: dict[str, Any] = field(default_factory=dict)
    space_name: str = ""


def for_reader(happening: Happening, may_reveal: bool) -> Happening | None:
    """
    A row as somebody may see it who reads the Space: the names of secrets and of who asks for access are its owner's.

    None for a change of configuration; the release that came of it is told without saying of what.
    """
    if may_reveal:
        return happening
    if happening.kind in (HappeningKind.CONFIG, HappeningKind.ACCESS):
        return None
    if happening.kind is HappeningKind.RELEASE and happening.details.get("kind") == "config":
        return replace(happening, details=happening.details | {"message": "configuration changed"})
    if "missing_secrets" in happening.details:
        told = {key: value for key, value in happening.details.items() if key != "missing_secrets"}
        return replace(happening, details=told)
    return happening
