"""How busy machines are, minute by minute."""

from dataclasses import dataclass
from datetime import UTC, datetime

#: Every minute is kept this long, then one of fifteen, then none.
FINE_MINUTES = 2 * 24 * 60
COARSE_MINUTES = 90 * 24 * 60
COARSE_STEP = 15


@dataclass(frozen=True)
class MachineSample:
    """
    What a runner reported in one minute; ``minute`` counts from the epoch. ``cpu_percent`` is of one core, out of
    ``cpus`` of them.
    """

    runner_id: str
    minute: int
    cpus: int
    cpu_percent: float
    memory_bytes: int
    memory_used_bytes: int
    disk_bytes: int
    disk_free_bytes: int

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.minute * 60, UTC)


def minute_of(moment: datetime) -> int:
    return int(moment.timestamp() // 60)
