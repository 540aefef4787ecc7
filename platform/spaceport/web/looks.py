"""What a Space looks like on a page: its chip, its colours, and the panel shown while there is no app to show. Pure."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from spaceport.domain.build import Build, BuildStatus
from spaceport.domain.card import COLORS
from spaceport.domain.space import Space
from spaceport.domain.stage import FAILED, LABELS, PASSING, SERVING, Stage
from spaceport.live import Snapshot

#: How each kind of chip is coloured; ``moving`` adds a turning mark.
_KINDS = (("ok", SERVING), ("busy", PASSING), ("bad", FAILED))


@dataclass(frozen=True)
class Chip:
    """``kind`` is ``ok``, ``busy``, ``bad`` or ``idle``."""

    label: str
    kind: str
    is_moving: bool
    reason: str | None


@dataclass(frozen=True)
class Panel:
    """
    What stands where the app would be.

    ``since`` is when the present step began, for a running clock; ``log`` names the log that explains (``build`` or
    ``run``); ``can_start`` shows a button to those who may press it; ``teaches_push`` shows how to push.
    """

    kind: str
    title: str
    text: str = ""
    step: str | None = None
    since: datetime | None = None
    deadline_at: datetime | None = None
    suggestion: str | None = None
    log: str | None = None
    can_start: bool = False
    teaches_push: bool = False
    steps: tuple[tuple[str, str], ...] = field(default=())


def chip_of(space: Space) -> Chip:
    kind = next((kind for kind, stages in _KINDS if space.stage in stages), "idle")
    return Chip(LABELS[space.stage], kind, space.stage in PASSING, space.stage_reason)


def is_serving(space: Space) -> bool:
    return space.stage in SERVING


def colors_of(space: Space) -> tuple[str, str]:
    """The card's two colours; a Space that names none always gets the same pair."""
    digest = hashlib.sha256(space.id.encode()).digest()
    chosen = []
    for key, byte in (("colorFrom", digest[0]), ("colorTo", digest[1])):
        value = space.card.get(key)
        chosen.append(value if value in COLORS else COLORS[byte % len(COLORS)])
    return chosen[0], chosen[1]


def symbol_of(space: Space) -> str:
    """The emoji of the card, or the first letter of the title."""
    return space.emoji.strip()[:8] or space.title.strip()[:1].upper() or "?"


def description_of(space: Space) -> str:
    return str(space.card.get("short_description") or "")


def matches(space: Space, search: str) -> bool:
    """Whether every word is found somewhere in the names, the description or the tags."""
    tags = space.card.get("tags")
    words = [space.full_name, space.title, description_of(space), space.sdk]
    words += [str(tag) for tag in tags] if isinstance(tags, list) else []
    text = " ".join(words).lower()
    return all(word in text for word in search.lower().split())


def panel_of(snapshot: Snapshot) -> Panel:
    """What to show instead of the app."""
    space = snapshot.space
    if space.stage is Stage.BUILDING:
        return _building(space, snapshot.build)
    if space.stage is Stage.APP_STARTING:
        return Panel(
            "busy",
            "Starting",
            "The app is built and on its way up. It appears here as soon as it answers.",
            step=space.stage_reason or "waiting for the app to answer",
            since=space.stage_since,
            deadline_at=space.stage_deadline_at,
            log="run",
            steps=_steps("start"),
        )
    return _at_rest(space)


def _at_rest(space: Space) -> Panel:
    reason = space.stage_reason or ""
    panels = {
        Stage.NO_APP_FILE: Panel(
            "idle", "Nothing here yet", "This Space is waiting for its first push.", teaches_push=True
        ),
        Stage.CONFIG_ERROR: Panel("bad", "The README cannot be used", reason, suggestion=space.suggestion),
        Stage.BUILD_ERROR: Panel("bad", "The build failed", reason, suggestion=space.suggestion, log="build"),
        Stage.RUNTIME_ERROR: Panel(
            "bad", "The app is not running", reason, suggestion=space.suggestion, log="run", can_start=True
        ),
        Stage.SLEEPING: Panel("idle", "Asleep", reason or "Nobody came by for a while.", can_start=True),
        Stage.PAUSED: Panel("idle", "Paused", reason, can_start=True),
        Stage.STOPPED: Panel("idle", "Stopped", reason, can_start=True),
        Stage.DELETING: Panel("busy", "Being deleted", reason, since=space.stage_since),
    }
    return panels.get(space.stage, Panel("idle", LABELS[space.stage], reason))


def _building(space: Space, build: Build | None) -> Panel:
    if build is not None and build.status is BuildStatus.QUEUED:
        return Panel(
            "busy",
            "Waiting for a builder",
            "The build starts as soon as a builder is free.",
            step=space.stage_reason or "in the queue",
            since=build.created_at,
            deadline_at=build.deadline_at,
            log="build",
            steps=_steps("queue"),
        )
    return Panel(
        "busy",
        "Building",
        "The app appears here when it is ready: no need to reload.",
        step=(build.phase if build else None) or space.stage_reason or "preparing",
        since=(build.started_at or build.created_at) if build else space.stage_since,
        deadline_at=build.deadline_at if build else space.stage_deadline_at,
        log="build",
        steps=_steps("build"),
    )


def _steps(current: str) -> tuple[tuple[str, str], ...]:
    """The road with how far this Space has come: (name, ``done`` | ``now`` | ``next``)."""
    names = {"push": "Pushed", "queue": "Queued", "build": "Built", "start": "Starting", "live": "Live"}
    place = list(names).index(current)
    marks = ["done"] * place + ["now"] + ["next"] * (len(names) - place - 1)
    labels = dict(names)
    labels["queue"] = "Queued" if current != "queue" else "In the queue"
    labels["build"] = "Building" if current == "build" else names["build"]
    return tuple((label, mark) for label, mark in zip(labels.values(), marks, strict=True))
