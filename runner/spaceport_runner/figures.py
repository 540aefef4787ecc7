"""Figures of instances and of the machine."""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from spaceport_runner.engines.engine import Stats


@dataclass(frozen=True)
class Rates:
    """Since the sample before; None where there was none, or where nobody counts. ``cpu_percent`` is of one core."""

    cpu_percent: float | None = None
    received_bytes_per_second: int | None = None
    sent_bytes_per_second: int | None = None


@dataclass(frozen=True)
class _Sample:
    taken_at: float
    stats: Stats


class Meter:
    """Turns what only grows into rates, for each instance since it was last asked."""

    def __init__(self) -> None:
        self._last: dict[str, _Sample] = {}

    def rates(self, instance_id: str, stats: Stats, now: float) -> Rates:
        """``now`` is seconds of a monotonic clock."""
        before = self._last.get(instance_id)
        self._last[instance_id] = _Sample(now, stats)
        if before is None or now <= before.taken_at:
            return Rates()
        seconds, old = now - before.taken_at, before.stats
        return Rates(
            round(100 * max(0.0, stats.cpu_seconds - old.cpu_seconds) / seconds, 1),
            _per_second(old.received_bytes, stats.received_bytes, seconds),
            _per_second(old.sent_bytes, stats.sent_bytes, seconds),
        )

    def keep_only(self, instance_ids: set[str]) -> None:
        """Forget instances that are gone."""
        for instance_id in self._last.keys() - instance_ids:
            del self._last[instance_id]


def _per_second(before: int | None, now: int | None, seconds: float) -> int | None:
    return None if before is None or now is None else round(max(0, now - before) / seconds)


@dataclass(frozen=True)
class MachineFigures:
    """``cpu_percent`` is of all cores together, 0 to 100, since the last call."""

    cpus: int
    cpu_percent: float
    memory_bytes: int
    memory_used_bytes: int
    disk_free_bytes: int
    disk_bytes: int
    reported_at: float


def machine_figures(data_dir: Path) -> MachineFigures:
    """The machine now; the disk is the one ``data_dir`` is on."""
    disk = shutil.disk_usage(data_dir)
    memory = psutil.virtual_memory()
    return MachineFigures(
        cpus=psutil.cpu_count() or 1,
        cpu_percent=psutil.cpu_percent(interval=None),
        memory_bytes=memory.total,
        memory_used_bytes=memory.total - memory.available,
        disk_free_bytes=disk.free,
        disk_bytes=disk.total,
        reported_at=time.time(),
    )
