"""What a Space looks like on a page: its chip, its colours, and the panel shown while there is no app to show. Pure."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from spaceport.domain.build import Build, BuildStatus
from spaceport.domain.card import COLORS
from spaceport.domain.flavors import Flavors
from spaceport.domain.release import Release
from spaceport.domain.repo import Repo
from spaceport.domain.sleep import sleep_seconds_of, sleeps_at
from spaceport.domain.space import Desired, Space
from spaceport.domain.stage import FAILED, LABELS, PASSING, SERVING, Stage
from spaceport.domain.thumbnail import picture_address, picture_file
from spaceport.domain.words import duration_words
from spaceport.live import Snapshot

#: How each kind of chip is coloured; ``moving`` adds a turning mark.
_KINDS = (("ok", SERVING), ("busy", PASSING), ("bad", FAILED))

#: A pause is the owner's, an admin's or the platform's, and must not be taken for another.
_PAUSES = {
    Desired.PAUSED: ("Paused", "idle"),
    Desired.STOPPED: ("Stopped by an admin", "busy"),
    Desired.SUSPENDED: ("Stopped by the platform", "bad"),
}


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
    ``run``); ``start_label`` is on a button for those who may press it; ``teaches_push`` shows how to push. ``icon`` is
    one of ``_icon.html``. ``needs_admin`` is what only an admin starts again: the owner may ask for a review.
    ``needs_secrets`` leads its owner to the settings, ``is_in_line`` lets the owner give up the place in the line.
    """

    kind: str
    title: str
    text: str = ""
    step: str | None = None
    since: datetime | None = None
    deadline_at: datetime | None = None
    suggestion: str | None = None
    log: str | None = None
    start_label: str | None = None
    needs_admin: bool = False
    needs_secrets: bool = False
    is_in_line: bool = False
    icon: str | None = None
    teaches_push: bool = False
    steps: tuple[tuple[str, str], ...] = field(default=())


def chip_of(space: Space) -> Chip:
    label = LABELS[space.stage]
    if space.stage is Stage.PAUSED:
        label, _ = _PAUSES.get(space.desired, (label, ""))
    return Chip(label, kind_of(space.stage, space.desired), space.stage in PASSING, space.stage_reason)


def kind_of(stage: Stage, desired: Desired) -> str:
    """``ok``, ``busy``, ``bad`` or ``idle``."""
    kind = next((kind for kind, stages in _KINDS if stage in stages), "idle")
    return _PAUSES.get(desired, ("", kind))[1] if stage is Stage.PAUSED else kind


def is_serving(space: Space) -> bool:
    return space.stage in SERVING


def sleep_line(space: Space, flavors: Flavors, now: datetime) -> tuple[str, datetime | None] | None:
    """When a Space that is up goes to sleep and why, in words, and the moment; None for one that never does."""
    seconds, moment = sleep_seconds_of(space, flavors), sleeps_at(space, flavors)
    if seconds is None or moment is None:
        return None
    why = f"after {duration_words(seconds)} without use"
    return (f"in use: goes to sleep {why}", None) if moment <= now else (f"goes to sleep {why}: ", moment)


def behind_of(space: Space, release: Release | None) -> str | None:
    """A line for when visitors do not get what ``main`` is at: after a rollback, or when the last push failed."""
    if release is None or space.head_sha in (None, release.sha):
        return None
    return f"serving release {release.number} ({release.sha[:7]}), main is at {str(space.head_sha)[:7]}"


def has_mini_header(space: Space) -> bool:
    return space.card.get("header") == "mini"


def is_full_width(space: Space) -> bool:
    return space.card.get("fullWidth") is not False


def is_pinned(space: Space) -> bool:
    return space.card.get("pinned") is True


def pinned_first(repos: Sequence[Space | Repo]) -> list[Space | Repo]:
    """Of one owner's, the pinned Spaces before the others, which stay in their order."""
    return sorted(repos, key=lambda repo: not (isinstance(repo, Space) and is_pinned(repo)))


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


def picture_of(space: Space) -> str | None:
    """Path of the card's picture on this hub: the file at the head of ``main``. Never an address elsewhere."""
    path = picture_file(space.card)
    if path is None or space.head_sha is None:
        return None
    return f"/spaces/{space.full_name}/resolve/{space.head_sha}/{quote(path)}"


def social_picture_of(space: Space, hub: str) -> str | None:
    """The address that a site which shows a link to the Space may load the picture from."""
    picture = picture_of(space)
    return hub + picture if picture else picture_address(space.card)


def description_of(space: Space) -> str:
    return str(space.card.get("short_description") or "")


def count_words(count: int) -> str:
    """``124M``, ``1.3B``: as people say the size of a model."""
    for unit, size in (("T", 10**12), ("B", 10**9), ("M", 10**6), ("K", 10**3)):
        if count >= size:
            value = count / size
            return f"{value:.1f}{unit}" if value < 10 else f"{value:.0f}{unit}"
    return str(count)


def panel_of(snapshot: Snapshot) -> Panel:
    """What to show instead of the app."""
    space = snapshot.space
    if space.stage is Stage.BUILDING:
        return _building(space, snapshot.build)
    if space.stage is Stage.APP_STARTING and space.waiting_since is not None:
        return Panel(
            "busy",
            "Waiting for room",
            "All machines are full. It starts by itself as soon as there is room: nothing is lost.",
            step=space.stage_reason,
            since=space.waiting_since,
            deadline_at=space.stage_deadline_at,
            is_in_line=True,
            steps=_steps("start"),
        )
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
        Stage.CONFIG_ERROR: Panel(
            "bad",
            "Secrets are missing" if space.missing_secrets else "The README cannot be used",
            reason,
            suggestion=space.suggestion,
            needs_secrets=bool(space.missing_secrets),
        ),
        Stage.BUILD_ERROR: Panel("bad", "The build failed", reason, suggestion=space.suggestion, log="build"),
        Stage.RUNTIME_ERROR: Panel(
            "bad",
            "The app is not running",
            reason,
            suggestion=space.suggestion,
            log="run",
            start_label="Try again",
            icon="alert",
        ),
        Stage.SLEEPING: Panel(
            "idle",
            "Asleep",
            reason or "Nobody used it for a while. A visit wakes it.",
            since=space.rest_since,
            icon="moon",
        ),
        Stage.PAUSED: _paused(space, reason),
        Stage.STOPPED: Panel("idle", "Stopped", reason, start_label="Start", icon="pause"),
        Stage.DELETING: Panel("busy", "Being deleted", reason, since=space.stage_since),
    }
    return panels.get(space.stage, Panel("idle", LABELS[space.stage], reason))


def _paused(space: Space, reason: str) -> Panel:
    if space.desired is Desired.STOPPED:
        return Panel("warn", "Stopped by an admin", reason, start_label="Start", needs_admin=True, icon="shield")
    if space.desired is Desired.SUSPENDED:
        return Panel(
            "bad",
            "Stopped by the platform",
            reason,
            suggestion=space.suggestion,
            log="run",
            start_label="Restart",
            icon="alert",
        )
    return Panel("idle", "Paused by its owner", reason, start_label="Restart", icon="pause")


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
