"""How many GPUs a Docker Engine can hand to containers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

#: One folder for each GPU that NVIDIA's driver runs. Containers see it too, unlike the devices.
_OF_DRIVER = Path("/proc/driver/nvidia/gpus")


def gpus_to_give(info: Mapping[str, Any], of_machine: int, declared: int) -> int:
    """
    GPUs that instances may have together. Pure.

    ``info`` is what the Docker Engine says of itself. Its runtimes tell whether it can hand over GPUs at all, not how
    many there are: those ``of_machine`` are counted. What the operator ``declared``, 0 or more, goes before both:
    an engine on another machine, or one whose container toolkit is no runtime of its own, cannot be seen.

    Source: Docker Engine API, GET /info, Runtimes; NVIDIA container toolkit, which adds one named nvidia.
    """
    if declared >= 0:
        return declared
    return of_machine if "nvidia" in (info.get("Runtimes") or {}) else 0


def gpus_of_machine(folder: Path = _OF_DRIVER) -> int:
    """GPUs that the driver of this machine runs; 0 where there is none."""
    try:
        return sum(1 for _ in folder.iterdir())
    except OSError:
        return 0
