"""What Spaces are called elsewhere, and when they are started by the clock; the real stores are in ``adapters``."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from spaceport.domain.custom_domain import CustomDomain
from spaceport.domain.timer import Timer, TimerRun


class Domains(Protocol):
    """Custom domains of Spaces."""

    def add(self, domain: CustomDomain, /) -> None:
        """Raises: AlreadyExists when this Space has it already."""
        ...

    def update(self, domain_id: str, /, **changes: Any) -> None: ...
    def get(self, space_id: str, domain: str) -> CustomDomain | None: ...
    def active(self, domain: str) -> CustomDomain | None:
        """The one that leads to a Space."""
        ...

    def of_space(self, space_id: str) -> list[CustomDomain]:
        """Oldest first."""
        ...

    def to_look_at(self, now: datetime) -> list[CustomDomain]:
        """Those of all Spaces that may be due or forgotten by now, oldest first."""
        ...

    def remove(self, domain_id: str) -> None: ...


class Timers(Protocol):
    """Timers of Spaces, and what came of their times."""

    def add(self, timer: Timer, /) -> None: ...
    def update(self, timer_id: str, /, **changes: Any) -> None: ...
    def get(self, timer_id: str) -> Timer | None: ...
    def of_space(self, space_id: str) -> list[Timer]:
        """Oldest first."""
        ...

    def due(self, now: datetime) -> list[Timer]:
        """Those whose time has come."""
        ...

    def remove(self, timer_id: str) -> None:
        """With its runs."""
        ...

    def add_run(self, run: TimerRun, /) -> None:
        """The oldest of this timer go."""
        ...

    def update_run(self, run_id: str, /, **changes: Any) -> None: ...
    def runs_of(self, timer_ids: Sequence[str]) -> dict[str, list[TimerRun]]:
        """Newest first, by the id of the timer."""
        ...


class TextRecords(Protocol):
    """Looks up TXT records."""

    def texts(self, name: str) -> list[str]:
        """None of them where there is no such name. Raises: Unavailable when nobody can say."""
        ...
