"""What steps tell each other. An event says that something changed; the database says what."""

from dataclasses import dataclass
from enum import StrEnum

#: Redis stream with the fields kind and space_id.
EVENTS_STREAM = "spaceport:events"
#: Events kept for readers that are a little behind; who is further behind looks at the database anyway.
KEPT_EVENTS = 10_000


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
