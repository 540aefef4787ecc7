"""Machines as an admin sees them: what runs there, and what of them is drained. For pages, the API and commands."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from spaceport.domain.build import Build, BuildStatus
from spaceport.domain.drain import Drain
from spaceport.domain.instance import Instance
from spaceport.errors import Unavailable
from spaceport.services import Services
from spaceport_runner.contract import RunnerReport, builder_name


@dataclass(frozen=True)
class BuilderState:
    """One builder of a machine; ``number`` counts from 1."""

    number: int
    drain: Drain | None


@dataclass(frozen=True)
class MachineState:
    """
    A machine that reports, has instances, or is drained; ``is_heard`` tells the first of these.

    ``builds`` counts those that run there, ``space_ids`` are the Spaces that have an instance there, be it frozen.
    """

    name: str
    is_heard: bool
    builders: tuple[BuilderState, ...]
    drain: Drain | None
    builds: int
    space_ids: frozenset[str]

    @property
    def is_empty(self) -> bool:
        """Nothing runs there any more: a drained one may be switched off."""
        return not self.builds and not self.space_ids


def machine_states(
    runners: Sequence[RunnerReport],
    drains: Mapping[str, Drain],
    active: Collection[Build],
    homes: Mapping[str, frozenset[str]],
) -> list[MachineState]:
    """By name; ``homes`` are the machines that each Space has instances on. Pure."""
    reports = {runner.runner_id: runner for runner in runners}
    drained = {name.partition("/")[0] for name in drains}
    names = {*reports, *drained, *(each for machines in homes.values() for each in machines)}
    return [
        MachineState(
            name,
            name in reports,
            _builders(name, reports.get(name), drains),
            drains.get(name),
            sum(build.runner_id == name and build.status is BuildStatus.RUNNING for build in active),
            frozenset(space_id for space_id, machines in homes.items() if name in machines),
        )
        for name in sorted(names)
    ]


def homes_of(instances: Sequence[Instance]) -> dict[str, frozenset[str]]:
    """The machines that each Space has instances on. Pure."""
    found: dict[str, set[str]] = {}
    for instance in instances:
        found.setdefault(instance.space_id, set()).add(instance.runner_id)
    return {space_id: frozenset(machines) for space_id, machines in found.items()}


def machines_now(services: Services) -> list[MachineState]:
    """Without Redis, those that are drained or have instances."""
    return machines_heard(services)[0]


def machines_heard(services: Services) -> tuple[list[MachineState], bool]:
    """The machines, and whether Redis could be asked which of them report."""
    runners: Sequence[RunnerReport] | None = None
    with suppress(Unavailable):
        runners = services.fleet.runners()
    with services.database.read() as tx:
        states = machine_states(
            runners or (), tx.rulings.drains(), tx.builds.active(), homes_of(tx.instances.current())
        )
    return states, runners is not None


def _builders(name: str, report: RunnerReport | None, drains: Mapping[str, Drain]) -> tuple[BuilderState, ...]:
    count = report.builders if report is not None else 0
    return tuple(BuilderState(each, drains.get(builder_name(name, each))) for each in range(1, count + 1))
