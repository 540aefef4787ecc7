"""What is measured over time, and where it comes from; the real ones are in ``adapters``."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from spaceport.domain.sample import MachineSample
from spaceport.domain.visit import Calls, VisitDay, WakeUp


class Samples(Protocol):
    """How busy machines were."""

    def put(self, sample: MachineSample, /) -> None:
        """Nothing, when there is one of that minute."""
        ...

    def since(self, minute: int) -> list[MachineSample]:
        """Of all machines, oldest first."""
        ...

    def thin(self, now_minute: int) -> None:
        """Forget what is older than the constants of ``domain.sample`` say."""
        ...


class Visits(Protocol):
    """
    Who visited Spaces and how they answered, by day. Spaces that are gone are passed over.

    ``since`` is a day, as ``domain.visit.day_of`` writes it.
    """

    def add_calls(self, counted: Collection[Calls], /) -> None: ...
    def note_visitors(self, day: str, visitors: dict[str, int]) -> None:
        """How many different ones a day had so far, by Space."""
        ...

    def add_awake_minute(self, day: str, space_ids: Collection[str]) -> None: ...
    def add_wake(self, wake: WakeUp, /) -> None: ...
    def calls_of(self, space_id: str, since: str) -> list[Calls]:
        """By day and endpoint."""
        ...

    def days_of(self, space_id: str, since: str) -> list[VisitDay]:
        """Oldest first."""
        ...

    def totals(self, since: str) -> list[Calls]:
        """All endpoints of each Space together, a row for each day, in any order."""
        ...

    def wakes(self, limit: int, space_id: str | None = None, since: datetime | None = None) -> list[WakeUp]:
        """Newest first, of one Space or of all, from ``since`` on."""
        ...

    def trim(self, before: datetime) -> None:
        """Forget what is older."""
        ...


@dataclass(frozen=True)
class VisitBatch:
    """What gateways counted up to a moment. The same batch, which its number tells, comes until it is forgotten."""

    number: int
    calls: tuple[Calls, ...]


class VisitCounters(Protocol):
    """The counters of the gateways. Raises: Unavailable when Redis is away."""

    def take(self) -> VisitBatch | None:
        """None when nothing was counted."""
        ...

    def forget(self) -> None:
        """The batch is in the database."""
        ...

    def visitors(self, day: str, space_ids: Collection[str]) -> dict[str, int]:
        """About how many different ones, by Space."""
        ...
