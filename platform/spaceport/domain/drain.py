"""A machine, or one of its builders, that takes nothing new because an admin said so. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from spaceport.domain.words import moment_words


@dataclass(frozen=True)
class Drain:
    """
    ``name`` is that of a machine (its runner's id), or of one of its builders, see ``builder_name``.

    What runs goes on. With ``moves`` the Spaces of a machine are started elsewhere first, and then end here.
    """

    name: str
    since: datetime
    by: str
    reason: str = ""
    moves: bool = False

    @property
    def words(self) -> str:
        """``the machine local is drained by ada since 3 May 2026 at 14:05 UTC: new memory``."""
        what = f"the builder {self.name}" if "/" in self.name else f"the machine {self.name}"
        why = f": {self.reason}" if self.reason else ""
        return f"{what} is drained by {self.by} since {moment_words(self.since)}{why}"


def builder_name(machine: str, number: int) -> str:
    """``local/2``: the second builder of a machine, whatever process works there at the moment."""
    return f"{machine}/{number}"


def open_builders(machine: str, builders: int, drains: Mapping[str, Drain]) -> int:
    """How many builders of a machine take new builds."""
    if machine in drains:
        return 0
    return sum(builder_name(machine, number) not in drains for number in range(1, builders + 1))
