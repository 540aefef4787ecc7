"""Whether any machine there is could ever hold an instance of some hardware, and what would make it possible. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from spaceport.domain.flavors import HardwareFlavor
from spaceport.domain.room import Size
from spaceport.domain.words import gpu_words, memory_words

#: A machine reports a little less memory than it was sold with: the kernel keeps some for itself.
_MEMORY_PERCENT = 90


@dataclass(frozen=True)
class Machine:
    """``memory_bytes`` is what it has, ``whole`` what all instances on it may be promised together."""

    engine: str
    memory_bytes: int
    whole: Size


def refusal(flavor: HardwareFlavor, machines: Sequence[Machine]) -> str | None:
    """
    Why none of ``machines`` could hold ``flavor`` even if it were empty; None where one could, or none is known.

    How busy they are is no reason: lack of room is a queue.
    """
    if not machines or any(_holds(machine, flavor) for machine in machines):
        return None
    return f"hardware {flavor.name} cannot be had here: {_cause(flavor, machines)}"


def size_of(flavor: HardwareFlavor) -> Size:
    """What an instance of it may take at most."""
    return Size(flavor.memory_bytes, flavor.cpus, flavor.gpus)


def _holds(machine: Machine, flavor: HardwareFlavor) -> bool:
    return _has_memory(machine, flavor) and size_of(flavor).fits_in(machine.whole)


def _has_memory(machine: Machine, flavor: HardwareFlavor) -> bool:
    return flavor.memory_bytes * _MEMORY_PERCENT // 100 <= machine.memory_bytes


def _cause(flavor: HardwareFlavor, machines: Sequence[Machine]) -> str:
    """The first thing that is missing, and what the reader can do: choose, or ask the admin."""
    most_gpus = max(machine.whole.gpus for machine in machines)
    if flavor.gpus and not most_gpus:
        return f"it needs {gpu_words(flavor.gpus)}, and {_without_gpus(machines)}"
    if flavor.gpus > most_gpus:
        return (
            f"it needs {gpu_words(flavor.gpus)}, and no machine has more than {most_gpus}: choose smaller hardware, or "
            "ask the admin for a machine that has as many"
        )
    if not any(_has_memory(machine, flavor) for machine in machines):
        largest = memory_words(max(machine.memory_bytes for machine in machines))
        return (
            f"it needs {memory_words(flavor.memory_bytes)} of memory, and no machine has more than {largest}: choose "
            "smaller hardware, or ask the admin for a larger machine"
        )
    return (
        f"it needs {size_of(flavor).words}, and no machine has all that to give to Spaces: choose smaller hardware, or "
        "ask the admin for a larger machine"
    )


def _without_gpus(machines: Sequence[Machine]) -> str:
    engines = {machine.engine for machine in machines}
    if "docker" not in engines:
        return (
            f"the {min(engines)} engine of this Spaceport cannot give any: choose hardware without, or ask the admin "
            "to run Spaceport where a Docker Engine with GPUs is"
        )
    return (
        "no machine here has any to give: choose hardware without, or ask the admin for one with GPUs and NVIDIA's "
        "container toolkit (SPACEPORT_GPUS says how many, where they are not seen)"
    )
