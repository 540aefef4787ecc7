"""Hardware flavors: what a Space may ask for."""

from dataclasses import dataclass

GIB = 1024**3


@dataclass(frozen=True)
class HardwareFlavor:
    """A size of instance. ``memory_bytes`` is a hard limit, ``cpus`` is cores, ``pids`` counts all threads too."""

    name: str
    pretty_name: str
    cpus: float
    memory_bytes: int
    pids: int = 512


CPU_BASIC = HardwareFlavor("cpu-basic", "CPU basic", cpus=2, memory_bytes=4 * GIB)
FLAVORS = {CPU_BASIC.name: CPU_BASIC}
