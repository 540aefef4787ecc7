"""A machine, or one of its builders, that takes nothing new because an admin said so. Pure."""

from dataclasses import dataclass
from datetime import datetime

from spaceport.domain.words import moment_words


@dataclass(frozen=True)
class Drain:
    """
    ``name`` is that of a machine (its runner's id), or of one of its builders (``spaceport_runner.contract``).

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
