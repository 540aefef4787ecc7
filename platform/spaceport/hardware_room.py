"""What the machines that report now could hold, for whoever asks for hardware."""

from collections.abc import Mapping

from spaceport.domain.holding import Machine, refusal
from spaceport.domain.room import Size
from spaceport.errors import BadRequest, Unavailable
from spaceport.services import Services
from spaceport.settings import Settings
from spaceport_runner.contract import RunnerReport


def whole_of(runner: RunnerReport, settings: Settings) -> Size:
    """What instances may be promised together: most take far less than they may. GPUs are promised once. Pure."""
    memory_bytes = runner.memory_bytes * settings.room_memory_percent // 100 * settings.memory_overcommit
    return Size(memory_bytes, runner.cpus * settings.cpu_overcommit, runner.capabilities.gpus)


def check_hardware(services: Services, name: str, key: str = "hardware") -> None:
    """
    Whether a Space may ask for hardware of that name; ``key`` is what the caller calls it.

    Raises: BadRequest for a flavor there is none of, and for one that no machine could ever hold.
    """
    flavors = services.settings.flavors
    if name not in flavors:
        raise BadRequest(f'"{key}" must be one of [{", ".join(flavors)}]; given: {name[:50]}')
    problem = refusals(services).get(name)
    if problem is not None:
        raise BadRequest(problem)


def refusals(services: Services) -> Mapping[str, str]:
    """
    Flavors that cannot be had, by name, and why; none while no runner reports.

    What a Space gets that asks for nothing is never among them: there is nothing to choose instead.
    """
    flavors = services.settings.flavors
    machines = _machines(services)
    found = {flavor.name: refusal(flavor, machines) for flavor in flavors.values() if flavor is not flavors.default}
    return {name: problem for name, problem in found.items() if problem is not None}


def _machines(services: Services) -> list[Machine]:
    try:
        runners = services.fleet.runners()
    except Unavailable:
        return []
    settings = services.settings
    return [Machine(each.capabilities.engine, each.memory_bytes, whole_of(each, settings)) for each in runners]
