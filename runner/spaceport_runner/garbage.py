"""Decides what a runner throws away. Pure functions."""

from collections.abc import Iterable
from dataclasses import dataclass

from spaceport_runner.contract import CollectRequest

#: Seconds in which nothing is thrown away that was just made or used: who asked may not know of it yet.
FRESH_SECONDS = 600.0


@dataclass(frozen=True)
class Stored:
    """An image, environment or static release; ``age_seconds`` since its last use. ``in_use`` by an instance."""

    name: str
    age_seconds: float
    in_use: bool = False


@dataclass(frozen=True)
class Disk:
    """``taken_bytes`` by images, caches of builds, static releases and logs; ``free_bytes`` of the whole disk."""

    taken_bytes: int
    free_bytes: int


@dataclass(frozen=True)
class Leftovers:
    """
    What ``images_bytes`` was when it was counted last, and what of it and of static releases no release needs any more;
    ``abandoned_bytes`` is what volumes of Spaces take that are gone. None where nothing was counted yet.
    """

    images_bytes: int | None = None
    unneeded_bytes: int | None = None
    abandoned_bytes: int | None = None


def is_too_full(disk: Disk, request: CollectRequest) -> bool:
    return disk.taken_bytes > request.budget_bytes or disk.free_bytes < request.reserve_bytes


def removable(stored: Iterable[Stored], request: CollectRequest, used: Iterable[str] = ()) -> list[Stored]:
    """What may go, least recently used first; ``used`` are names that instances start or run from."""
    kept = {*request.keep_images, *used}
    free = [each for each in stored if not each.in_use and each.name not in kept and each.age_seconds > FRESH_SECONDS]
    return sorted(free, key=lambda each: each.age_seconds, reverse=True)


def orphans(folders: Iterable[Stored], request: CollectRequest, used: Iterable[str] = ()) -> list[str]:
    """Ids of Spaces that are gone, of those that left ``folders`` behind; ``used`` are Spaces with instances."""
    known = {*request.space_ids, *used}
    return sorted(each.name for each in folders if each.name not in known and each.age_seconds > FRESH_SECONDS)
