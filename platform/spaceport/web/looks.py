"""What a Space looks like on a page: its chip, its colours, and the panel shown while there is no app to show. Pure."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from spaceport.domain.build import Build, BuildStatus
from spaceport.domain.card import COLORS
from spaceport.domain.flavors import Flavors
from spaceport.domain.line import ABOUT_TO_START
from spaceport.domain.release import Release
from spaceport.domain.repo import Repo
from spaceport.domain.sleep import sleep_seconds_of, sleeps_at
from spaceport.domain.space import Desired, Space
from spaceport.domain.stage import FAILED, LABELS, PASSING, SERVING, Stage
from spaceport.domain.thumbnail import picture_address, picture_file
from spaceport.live import Snapshot
from spaceport.translating import gettext, marked, translated
from spaceport.web.words import round_duration

#: How each kind of chip is coloured; ``moving`` adds a turning mark.
_KINDS = (("ok", SERVING), ("busy", PASSING), ("bad", FAILED))

#: A pause is the owner's, an admin's or the platform's, and must not be taken for another.
_PAUSES = {
    Desired.PAUSED: (marked("Paused"), "idle"),
    Desired.STOPPED: (marked("Stopped by an admin"), "busy"),
    Desired.SUSPENDED: (marked("Stopped by the platform"), "bad"),
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
    label = translated(LABELS[space.stage])
    if space.stage is Stage.PAUSED:
        label = translated(_PAUSES.get(space.desired, (label, ""))[0])
    reason = translated(space.stage_reason) if space.stage_reason else None
    return Chip(label, kind_of(space.stage, space.desired), space.stage in PASSING, reason)


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
    time = round_duration(seconds)
    if moment <= now:
        return gettext("in use: goes to sleep after %(time)s without use", time=time), None
    return gettext("goes to sleep after %(time)s without use: ", time=time), moment


def behind_of(space: Space, release: Release | None) -> str | None:
    """A line for when visitors do not get what ``main`` is at: after a rollback, or when the last push failed."""
    if release is None or space.head_sha in (None, release.sha):
        return None
    return gettext(
        "serving release %(number)s (%(sha)s), main is at %(head)s",
        number=release.number,
        sha=release.sha[:7],
        head=str(space.head_sha)[:7],
    )


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
    begin, end = space.card.get("colorFrom"), space.card.get("colorTo")
    drawn = colors_for(space.id)
    return begin if begin in COLORS else drawn[0], end if end in COLORS else drawn[1]


def colors_for(thing_id: str) -> tuple[str, str]:
    """Two colours of what chose none: always the same pair."""
    digest = hashlib.sha256(thing_id.encode()).digest()
    return COLORS[digest[0] % len(COLORS)], COLORS[digest[1] % len(COLORS)]


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
            gettext("Waiting for room"),
            gettext("All machines are full. It starts by itself as soon as there is room: nothing is lost."),
            step=translated(space.stage_reason or "") or None,
            since=space.waiting_since,
            deadline_at=space.stage_deadline_at,
            is_in_line=True,
            steps=_steps("start"),
        )
    if space.stage is Stage.APP_STARTING:
        return Panel(
            "busy",
            gettext("Starting"),
            gettext("The app is built and on its way up. It appears here as soon as it answers."),
            step=translated(space.stage_reason or "") or gettext("waiting for the app to answer"),
            since=space.stage_since,
            deadline_at=space.stage_deadline_at,
            log="run",
            steps=_steps("start"),
        )
    return _at_rest(space)


def _at_rest(space: Space) -> Panel:
    reason = translated(space.stage_reason or "")
    panels = {
        Stage.NO_APP_FILE: Panel(
            "idle", gettext("Nothing here yet"), gettext("This Space is waiting for its first push."), teaches_push=True
        ),
        Stage.CONFIG_ERROR: Panel(
            "bad",
            gettext("Secrets are missing") if space.missing_secrets else gettext("The README cannot be used"),
            reason,
            suggestion=space.suggestion,
            needs_secrets=bool(space.missing_secrets),
            icon="alert",
        ),
        Stage.BUILD_ERROR: Panel(
            "bad", gettext("The build failed"), reason, suggestion=space.suggestion, log="build", icon="alert"
        ),
        Stage.RUNTIME_ERROR: Panel(
            "bad",
            gettext("The app is not running"),
            reason,
            suggestion=space.suggestion,
            log="run",
            start_label=gettext("Try again"),
            icon="alert",
        ),
        Stage.SLEEPING: Panel(
            "idle",
            gettext("Asleep"),
            reason or gettext("Nobody used it for a while. A visit wakes it."),
            since=space.rest_since,
            icon="moon",
        ),
        Stage.PAUSED: _paused(space, reason),
        Stage.STOPPED: Panel("idle", gettext("Stopped"), reason, start_label=gettext("Start"), icon="pause"),
        Stage.DELETING: Panel("busy", gettext("Being deleted"), reason, since=space.stage_since),
    }
    return panels.get(space.stage, Panel("idle", translated(LABELS[space.stage]), reason))


def _paused(space: Space, reason: str) -> Panel:
    if space.desired is Desired.STOPPED:
        return Panel(
            "warn",
            gettext("Stopped by an admin"),
            reason,
            start_label=gettext("Start"),
            needs_admin=True,
            icon="shield",
        )
    if space.desired is Desired.SUSPENDED:
        return Panel(
            "bad",
            gettext("Stopped by the platform"),
            reason,
            suggestion=space.suggestion,
            log="run",
            start_label=gettext("Restart"),
            icon="alert",
        )
    return Panel("idle", gettext("Paused by its owner"), reason, start_label=gettext("Restart"), icon="pause")


def _building(space: Space, build: Build | None) -> Panel:
    if build is not None and build.status is BuildStatus.QUEUED:
        waits = space.stage_reason != ABOUT_TO_START
        return Panel(
            "busy",
            gettext("Waiting for a builder") if waits else gettext("Queued"),
            gettext("The build starts as soon as a builder is free.")
            if waits
            else gettext("A builder is free: the build starts in a moment."),
            step=(translated(space.stage_reason or "") if waits else "") or gettext("in the queue"),
            since=build.created_at,
            deadline_at=build.deadline_at,
            log="build",
            steps=_steps("queue"),
        )
    return Panel(
        "busy",
        gettext("Building"),
        gettext("The app appears here when it is ready: no need to reload."),
        step=translated((build.phase if build else None) or space.stage_reason or marked("preparing")),
        since=(build.started_at or build.created_at) if build else space.stage_since,
        deadline_at=build.deadline_at if build else space.stage_deadline_at,
        log="build",
        steps=_steps("build"),
    )


def _steps(current: str) -> tuple[tuple[str, str], ...]:
    """The road with how far this Space has come: (name, ``done`` | ``now`` | ``next``)."""
    names = {
        "push": gettext("Pushed"),
        "queue": gettext("Queued"),
        "build": gettext("Built"),
        "start": gettext("Starting"),
        "live": gettext("Live"),
    }
    place = list(names).index(current)
    marks = ["done"] * place + ["now"] + ["next"] * (len(names) - place - 1)
    labels = dict(names)
    labels["queue"] = names["queue"] if current != "queue" else gettext("In the queue")
    labels["build"] = gettext("Building") if current == "build" else names["build"]
    return tuple((label, mark) for label, mark in zip(labels.values(), marks, strict=True))
