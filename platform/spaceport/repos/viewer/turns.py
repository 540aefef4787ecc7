"""Whose work comes next, and whose gives way where the line is full. Pure."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

#: That run at the same time; and of these, of one asker and about one namespace: some is always left for others.
AT_ONCE, AT_ONCE_OF_ONE = 3, 2
#: That may wait, of all and of one asker or about one namespace.
MAX_WAITING, MAX_OF_ONE = 100, 20


@dataclass
class Place:
    """
    Of one piece of work: about what ``namespace`` it is, and who wants it, the first of them first.

    ``number`` is higher the later it came.
    """

    namespace: str
    askers: list[str]
    number: int


@dataclass
class Turns:
    """When askers had their last turn: the number of that turn."""

    last: dict[str, int] = field(default_factory=dict)
    number: int = 0

    def note(self, asker: str) -> None:
        self.number += 1
        self.last.pop(asker, None)
        self.last[asker] = self.number
        if len(self.last) > 10 * MAX_WAITING:
            del self.last[next(iter(self.last))]


def next_turn(
    waiting: Collection[Place], running: Collection[tuple[Place, str]], last: Mapping[str, int]
) -> tuple[Place, str] | None:
    """
    The work whose asker has least running, then whose last turn is longest ago; and that asker.

    ``running`` comes with those whose turn it was. None when nothing waits, or only work of those who have enough.
    """
    if len(running) >= AT_ONCE:
        return None
    of_asker = Counter(asker for _, asker in running)
    of_namespace = Counter(place.namespace for place, _ in running)
    free = [
        (of_asker[asker], of_namespace[place.namespace], last.get(asker, 0), place.number, place, asker)
        for place in waiting
        for asker in place.askers
        if of_asker[asker] < AT_ONCE_OF_ONE and of_namespace[place.namespace] < AT_ONCE_OF_ONE
    ]
    if not free:
        return None
    *_, chosen, asker = min(free, key=lambda each: each[:4])
    return chosen, asker


def may_wait(waiting: Collection[Place], namespace: str, asker: str) -> bool:
    """Whether one more of this asker is not too many of its kind, should the line have room."""
    of_asker = sum(place.askers[0] == asker for place in waiting)
    of_namespace = sum(place.namespace == namespace for place in waiting)
    return of_asker < MAX_OF_ONE and of_namespace < MAX_OF_ONE


def who_gives_way(waiting: Collection[Place], asker: str) -> Place | None:
    """In a full line the last work of whoever has most in it, where the newcomer has less; nobody else wants it."""
    counted = Counter(place.askers[0] for place in waiting)
    alone = [place for place in waiting if len(place.askers) == 1 and counted[place.askers[0]] > counted[asker] + 1]
    return max(alone, key=lambda place: (counted[place.askers[0]], place.number), default=None)
