"""GPUs of a Docker Engine: how many it can hand to containers, and which ones a container gets."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spaceport_runner.contract import InstanceSpec
from spaceport_runner.engines.docker_connection import DockerConnection, docker_errors
from spaceport_runner.engines.docker_networks import LABEL_SPACE
from spaceport_runner.engines.engine import StartFailed

#: The GPUs of a container, as they were asked of Docker, with commas between them.
LABEL_GPUS = "spaceport.gpus"
#: One folder for each GPU that NVIDIA's driver runs. Containers see it too, unlike the devices.
_OF_DRIVER = Path("/proc/driver/nvidia/gpus")
#: States of a container that will not use its GPUs (again). One that is created or paused will.
_OVER = ("exited", "dead", "removing")


@dataclass(frozen=True)
class Holder:
    """A container that has GPUs."""

    space_id: str
    gpus: tuple[str, ...]


class DockerGpus:
    """
    Hands out the GPUs of one machine.

    Which are taken is read from the labels of the containers, so that a runner that starts anew knows it as well, and
    so does a second Spaceport at the same engine.
    """

    def __init__(self, connection: DockerConnection, declared: int) -> None:
        self._connection = connection
        self._declared = declared
        self._lock = threading.Lock()

    def count(self) -> int:
        with docker_errors():
            return gpus_to_give(self._connection.client.info(), gpus_of_machine(), self._declared)

    @contextmanager
    def chosen_for(self, spec: InstanceSpec) -> Iterator[tuple[str, ...]]:
        """
        The GPUs of an instance, nobody else's until its container is created inside of this.

        Raises: StartFailed where the machine has fewer.
        """
        if not spec.limits.gpus:
            yield ()
            return
        with self._lock:
            yield choose_gpus(spec.limits.gpus, self.count(), spec.space_id, self._holders())

    def _holders(self) -> list[Holder]:
        with docker_errors():
            found = self._connection.client.api.containers(all=True, filters={"label": LABEL_GPUS})
        return [
            Holder(each["Labels"].get(LABEL_SPACE, ""), tuple(each["Labels"][LABEL_GPUS].split(",")))
            for each in found
            if each["State"] not in _OVER
        ]


def choose_gpus(wanted: int, count: int, space_id: str, holders: Sequence[Holder]) -> tuple[str, ...]:
    """
    ``wanted`` of the ``count`` GPUs of a machine, as Docker names them: the first has the name 0. Pure.

    Those that nobody holds go first. A new version that starts beside the old one where none is free shares that one's:
    it was let in without asking for room.

    Raises: StartFailed where the machine has fewer.

    Source: Docker Engine API, DeviceRequest, DeviceIDs; NVIDIA container toolkit, which takes indices for them.
    """
    if wanted > count:
        raise StartFailed(f"it needs {wanted} GPUs, and its machine has {count} to give: choose other hardware")
    others = Counter(gpu for each in holders if each.space_id != space_id for gpu in each.gpus)
    own = Counter(gpu for each in holders if each.space_id == space_id for gpu in each.gpus)
    ranked = sorted(range(count), key=lambda number: (others[str(number)], own[str(number)], number))
    return tuple(str(number) for number in sorted(ranked[:wanted]))


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
