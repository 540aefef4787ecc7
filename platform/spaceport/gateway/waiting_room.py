"""Where requests wait for a Space that is asleep or starts: as many, as long and as large as there is room for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spaceport.gateway.wire import RequestHead

if TYPE_CHECKING:
    from spaceport.gateway.held import Held

#: A body that is announced to be no longer than this is read while its request waits, so that a visitor who leaves is
#: noticed; larger ones wait unread at the sender.
_SMALL_BODY_BYTES = 64 * 1024


@dataclass(frozen=True)
class RoomLimits:
    """
    ``bytes_in_all`` bounds kept bodies, announced or here; one read of a connection may come on top of it.

    ``away_seconds`` is for a Space that should serve but has no instance at this moment.
    """

    seconds: float = 90.0
    away_seconds: float = 10.0
    per_space: int = 100
    in_all: int = 1000
    bytes_in_all: int = 16 * 1024 * 1024


class WaitingRoom:
    """The requests that wait, by Space, each Space's in the order of their arrival."""

    def __init__(self, limits: RoomLimits) -> None:
        self.limits = limits
        self._held: dict[str, list[Held]] = {}
        self._count = 0
        self._bytes = 0

    def __iter__(self) -> Iterator["Held"]:
        """All who wait; may be changed meanwhile."""
        return iter([held for waiting in self._held.values() for held in waiting])

    def has_place(self, space_id: str, head: RequestHead, is_use: bool) -> bool:
        """
        Whether one more may wait for this Space.

        Heartbeats of open tabs (not ``is_use``) get no more than half of the places, so that they lock nobody out.
        """
        limits = self.limits
        places = limits.per_space if is_use else limits.per_space // 2
        is_light = not head.has_body or self._bytes + announced_bytes(head) <= limits.bytes_in_all
        return len(self._held.get(space_id, ())) < places and self._count < limits.in_all and is_light

    def enter(self, held: "Held") -> None:
        self._held.setdefault(held.space_id, []).append(held)
        self._count += 1

    def leave(self, held: "Held") -> None:
        """Answers to a second call with nothing."""
        waiting = self._held.get(held.space_id, [])
        if held in waiting:
            waiting.remove(held)
            self._count -= 1
            if not waiting:
                del self._held[held.space_id]

    def weigh(self, change_bytes: int) -> None:
        """Bodies that are kept grew or shrank."""
        self._bytes += change_bytes


def announced_bytes(head: RequestHead) -> int:
    """How much of a body will be kept at most, as far as its head tells; 0 for one that waits unread."""
    length = int(head.headers.first(b"content-length") or 0)
    return length if length <= _SMALL_BODY_BYTES else 0
