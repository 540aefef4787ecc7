"""Decides what the agent does about instances: wanted against observed. Pure functions."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from spaceport_runner.contract import InstanceReport, InstanceSpec, InstanceState
from spaceport_runner.engines.engine import Observed
from spaceport_runner.reasons import instance_ended


class Phase(StrEnum):
    """
    What the agent is doing about an instance it knows.

    ``starting``: a start is under way. ``up``: the engine was told to run it. ``stopping``: a stop is under way.
    ``over``: it ended, failed or was never there; its report stays for as long as it is wanted.
    """

    STARTING = "starting"
    UP = "up"
    STOPPING = "stopping"
    OVER = "over"


@dataclass(frozen=True)
class Start:
    """Fetch the source and start an instance that is wanted and not there."""

    spec: InstanceSpec


@dataclass(frozen=True)
class Adopt:
    """Take over an instance that runs without the agent's doing: it was restarted."""

    observed: Observed


@dataclass(frozen=True)
class Stop:
    """Remove an instance nobody wants, with its report; a start that is under way is called off."""

    instance_id: str


@dataclass(frozen=True)
class Halt:
    """Stop an instance that is wanted but was given up; its report stays."""

    instance_id: str


Action = Start | Adopt | Stop | Halt


@dataclass(frozen=True)
class Wanted:
    """
    What should run. A spec that cannot be read is None: such an instance is left as it is.

    Unless ``is_complete`` there may be more that is wanted (Redis was emptied): nothing may be removed.
    """

    specs: Mapping[str, InstanceSpec | None]
    is_complete: bool


def plan(wanted: Wanted, observed: Mapping[str, Observed], known: Mapping[str, Phase]) -> list[Action]:
    """
    What is to be done now; nothing about instances that something is being done about.

    An instance that is over is never started again here: whether to try again is the controller's decision, and it
    does so by wanting another instance.
    """
    ids = sorted(wanted.specs.keys() | observed.keys() | known.keys())
    actions = (_action_for(each, wanted, observed.get(each), known.get(each)) for each in ids)
    return [action for action in actions if action is not None]


def _action_for(instance_id: str, wanted: Wanted, observed: Observed | None, phase: Phase | None) -> Action | None:
    if phase is Phase.STOPPING:
        return None
    if instance_id not in wanted.specs and wanted.is_complete:
        return Stop(instance_id)
    if phase is None:
        spec = wanted.specs.get(instance_id)
        if observed is not None:
            return Adopt(observed)
        return Start(spec) if spec is not None else None
    if phase is Phase.OVER and observed is not None and observed.is_alive:
        return Halt(instance_id)
    return None


def is_over(report: InstanceReport) -> bool:
    """Whether a report tells of an end, so that it is not worth another start."""
    return report.state in (InstanceState.EXITED, InstanceState.FAILED)


def judge(report: InstanceReport, observed: Observed | None, tail: tuple[str, ...]) -> InstanceReport:
    """
    The report of an instance that was started, brought up to date with what the engine says.

    ``observed`` is None when the engine does not know it. An instance that ends before it ever answered has failed;
    after that it exited. ``tail`` is the end of its log, wanted where it is over.
    """
    if observed is not None and observed.is_alive:
        return report.model_copy(
            update={
                "host": observed.host,
                "port": observed.port,
                "started_at": report.started_at or observed.started_at,
            }
        )
    was_ready = report.ready_at is not None
    state = InstanceState.EXITED if was_ready else InstanceState.FAILED
    exit_code = None if observed is None else observed.exit_code
    return ended(report, state, instance_ended(observed, was_ready), tail, exit_code=exit_code)


def ended(
    report: InstanceReport, state: InstanceState, reason: str, tail: tuple[str, ...], **values: object
) -> InstanceReport:
    """The last report of an instance: what only a living one has is gone from it."""
    lifeless = {"host": None, "port": None, "cpu_percent": None, "memory_bytes": None, "is_frozen": False}
    lifeless |= {"phase": None, "phase_until": None}
    lifeless |= {"received_bytes_per_second": None, "sent_bytes_per_second": None}
    return report.model_copy(update={**lifeless, "state": state, "reason": reason, "tail": tail, **values})
