"""Hardware flavors: what a Space may ask for. The table is in ``settings.flavors``; an operator may replace it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

GIB = 1024**3
_HOUR_SECONDS = 3600
#: Instead of a number of seconds: it never goes to sleep by itself.
NEVER_SLEEPS = -1


@dataclass(frozen=True)
class HardwareFlavor:
    """
    A size of instance.

    ``memory_bytes`` is a hard limit, ``cpus`` is cores, ``pids`` counts all threads too. ``gpus`` of the kind
    ``accelerator`` are handed to the instance. ``disk_bytes`` is what is promised of the instance's own disk, 0 where
    nothing is. ``sleep_seconds`` without use put a Space to sleep that does not say otherwise; -1 is never.
    """

    name: str
    pretty_name: str
    cpus: float
    memory_bytes: int
    pids: int = 512
    gpus: int = 0
    accelerator: str | None = None
    disk_bytes: int = 0
    sleep_seconds: int = NEVER_SLEEPS


class Flavors(Mapping[str, HardwareFlavor]):
    """
    The flavors there are, by name, in the order they are offered. The first is what a Space gets that asks for none.

    A Space, or a release of long ago, may name a flavor that is no longer offered: ``sized`` gives such a one the first
    instead, and ``missing_words`` say so.
    """

    def __init__(self, *flavors: HardwareFlavor) -> None:
        if not flavors:
            raise ValueError("there must be at least one flavor")
        self._by_name = {flavor.name: flavor for flavor in flavors}
        self.default = flavors[0]

    def __getitem__(self, name: str) -> HardwareFlavor:
        return self._by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    def sized(self, name: str) -> HardwareFlavor:
        """The flavor of that name, else the first one. Never fails: the controller must go on."""
        return self._by_name.get(name, self.default)

    def missing_words(self, name: str) -> str | None:
        """What people should know about a flavor that is no longer offered; None when all is well."""
        if name in self._by_name:
            return None
        return (
            f"hardware {name} is not offered here any more: it runs as {self.default.pretty_name} "
            f"({self.default.name}) until another one is chosen"
        )

    def sleep_seconds(self, name: str, asked: int | None) -> int | None:
        """Seconds without use until sleep, None for never: what the Space ``asked`` for, else what its hardware has."""
        seconds = self.sized(name).sleep_seconds if asked is None else asked
        return None if seconds < 0 else seconds


BUILT_IN = Flavors(
    HardwareFlavor("cpu-basic", "CPU basic", cpus=2, memory_bytes=4 * GIB, sleep_seconds=48 * _HOUR_SECONDS),
    HardwareFlavor("cpu-upgrade", "CPU upgrade", cpus=4, memory_bytes=8 * GIB, pids=1024),
    HardwareFlavor("cpu-performance", "CPU performance", cpus=8, memory_bytes=16 * GIB, pids=2048),
)
