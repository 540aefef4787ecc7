"""What steps tell each other. An event says that something changed; the database says what."""

from dataclasses import dataclass
from enum import StrEnum


class EventKind(StrEnum):
    """Kinds of events. ``space.changed`` is for watching pages, the others start work in the controller."""

    PUSHED = "space.pushed"
    COMMANDED = "space.commanded"
    CHANGED = "space.changed"
    DELETED = "space.deleted"
    WOKEN = "space.woken"


@dataclass(frozen=True)
class Event:
    """Losing one costs time only: the controller looks at everything again every few seconds."""

    kind: EventKind
    space_id: str
