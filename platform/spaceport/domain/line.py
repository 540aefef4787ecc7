"""The line of builds that wait for a builder: who is next, who stands where, and for how long. Pure."""

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from spaceport.domain.build import Build, BuildStatus

#: Builds handed out beyond what builders can take at once, so that none of them idles until the controller looks.
HANDED_AHEAD = 1
#: What is said of a build that need not wait.
ABOUT_TO_START = "queued: the build starts in a moment"
#: A builder that is free takes a build within this; one that does not is not there.
_MOMENT_SECONDS = 10.0
#: Of how many earlier builds of a Space the median is what to expect.
_EARLIER = 5


@dataclass(frozen=True)
class Room:
    """
    How many builds run at once, and the ``obstacle`` that keeps all that were not handed out from starting.

    With ``is_closed`` an admin wants it so: it holds for what was handed out as well, and no build is refused for it.
    """

    builders: int
    obstacle: str | None = None
    is_closed: bool = False


@dataclass(frozen=True)
class Place:
    """
    Where a waiting build stands: ``position`` of ``waiting``, from 1.

    ``seconds`` until it starts are an estimate, None where nothing was ever built. ``obstacle`` as in Room. With
    ``is_next`` a builder is free for it.
    """

    position: int
    waiting: int
    seconds: float | None = None
    obstacle: str | None = None
    is_next: bool = False

    @property
    def words(self) -> str:
        """For the stage's reason, the pusher's terminal and pages."""
        if self.obstacle:
            return f"waiting: {self.obstacle}"
        if self.is_next:
            return ABOUT_TO_START
        if self.waiting == 1 and not self.seconds:
            return "waiting for a free builder"
        about = "" if self.seconds is None else f", {_about(self.seconds)}"
        return f"waiting for a free builder: {ordinal(self.position)} of {self.waiting}{about}"


def in_line(active: Sequence[Build], owners: Mapping[str, str]) -> list[Build]:
    """
    The builds that wait, next one first. ``owners`` are those of Spaces, by the Space's id.

    What was handed out keeps its turn. Behind it owners take turns: a build stands behind as many builds of every other
    owner as its own owner has running, handed out or waiting before it; among equals the older one is first.
    """
    handed = [build for build in active if build.status is BuildStatus.QUEUED and build.handed_at is not None]
    waiting = [build for build in active if build.status is BuildStatus.QUEUED and build.handed_at is None]
    rounds = Counter(_owner(build, owners) for build in active if build not in waiting)
    turns = []
    for build in sorted(waiting, key=_age):
        turns.append((rounds[_owner(build, owners)], _age(build), build))
        rounds[_owner(build, owners)] += 1
    return sorted(handed, key=_handed) + [build for *_, build in sorted(turns, key=lambda turn: turn[:2])]


def to_hand_out(active: Sequence[Build], owners: Mapping[str, str], room: Room) -> list[Build]:
    """Those whose turn it is: as many as there are builders, and a few."""
    waiting = [build for build in in_line(active, owners) if build.handed_at is None]
    free = room.builders + HANDED_AHEAD - (len(active) - len(waiting))
    return [] if room.obstacle else waiting[: max(0, free)]


def places(
    active: Sequence[Build], owners: Mapping[str, str], finished: Sequence[Build], room: Room, now: datetime
) -> dict[str, Place]:
    """The place of every waiting build, by its id. ``finished`` are earlier ones, newest first."""
    line = in_line(active, owners)
    running = [build for build in active if build.status is BuildStatus.RUNNING]
    starts, free = _starts(line, running, finished, room, now), room.builders - len(running)
    return {
        build.id: Place(
            index,
            len(line),
            starts[build.id],
            obstacle=None if build.handed_at and not room.is_closed else room.obstacle,
            is_next=index <= free and (now - (build.handed_at or build.created_at)).total_seconds() < _MOMENT_SECONDS,
        )
        for index, build in enumerate(line, start=1)
    }


def expected_seconds(build: Build, finished: Sequence[Build]) -> float | None:
    """How long it may take: as the last builds of its Space, else as all, None where there was none."""
    own = [seconds for each in finished if each.space_id == build.space_id and (seconds := _seconds(each)) is not None]
    every = [seconds for each in finished if (seconds := _seconds(each)) is not None]
    known = own[:_EARLIER] or every
    return median(known) if known else None


def ordinal(number: int) -> str:
    """``1st``, ``2nd``, ``11th``."""
    suffix = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def _starts(
    line: Sequence[Build], running: Sequence[Build], finished: Sequence[Build], room: Room, now: datetime
) -> dict[str, float | None]:
    """Seconds until each build starts, when every build takes as long as it may be expected to."""
    expected = {build.id: expected_seconds(build, finished) for build in [*line, *running]}
    if any(seconds is None for seconds in expected.values()):
        return {build.id: None for build in line}
    free_in = [max(0.0, (expected[build.id] or 0.0) - _age_seconds(build, now)) for build in running]
    free_in += [0.0] * (room.builders - len(free_in))
    heapq.heapify(free_in)
    starts: dict[str, float | None] = {}
    for build in line:
        at = heapq.heappop(free_in)
        starts[build.id] = at
        heapq.heappush(free_in, at + (expected[build.id] or 0.0))
    return starts


def _seconds(build: Build) -> float | None:
    if build.status is not BuildStatus.SUCCEEDED or build.started_at is None or build.finished_at is None:
        return None
    return (build.finished_at - build.started_at).total_seconds()


def _age_seconds(build: Build, now: datetime) -> float:
    return (now - (build.started_at or now)).total_seconds()


def _owner(build: Build, owners: Mapping[str, str]) -> str:
    return owners.get(build.space_id, build.space_id)


def _age(build: Build) -> tuple[datetime, str]:
    return build.created_at, build.id


def _handed(build: Build) -> tuple[datetime, datetime, str]:
    return (build.handed_at or build.created_at, *_age(build))


def _about(seconds: float) -> str:
    if seconds < 45:
        return "less than a minute"
    minutes = round(seconds / 60)
    return f"about {minutes or 1} min" if minutes < 120 else f"about {round(minutes / 60)} h"
