"""What to do about the instances of one Space: a pure function from what is known to what should happen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from spaceport.domain.diagnosis import diagnose_start
from spaceport.domain.instance import Instance, Role
from spaceport.domain.release import Release
from spaceport.domain.route import GatewayReport
from spaceport.domain.space import Desired, Space
from spaceport_runner.contract import InstanceReport, InstanceState

#: A live instance that ended is replaced at once, until this many ended within CRASH_WINDOW_SECONDS.
MAX_CRASHES = 3
CRASH_WINDOW_SECONDS = 600
#: Seconds past its own deadline an agent has to report that an app did not come up.
START_GRACE_SECONDS = 15


@dataclass(frozen=True)
class View:
    """All the decision rests on. ``instances`` are those not gone, ``crashes`` counts recent ends of live ones."""

    space: Space
    target: Release | None
    needs_instance: bool
    instances: Sequence[Instance]
    reports: Mapping[str, InstanceReport]
    gateways: Sequence[GatewayReport]
    crashes: int
    now: datetime


@dataclass(frozen=True)
class StartCandidate:
    """A new instance of the target release, beside whatever serves."""

    release: Release
    generation: int


@dataclass(frozen=True)
class Promote:
    """The candidate answers: traffic goes to it from now on, ``old`` drain."""

    instance: Instance
    report: InstanceReport
    old: tuple[Instance, ...]


@dataclass(frozen=True)
class Fail:
    """The candidate did not come up; what serves goes on serving ``fallback_release_id``."""

    instance: Instance
    cause: str
    suggestion: str | None
    exit_code: int | None
    fallback_release_id: str | None
    image_missing: bool = False


@dataclass(frozen=True)
class Crash:
    """A live instance ended by itself; ``give_up`` when that happened too often."""

    instance: Instance
    cause: str
    suggestion: str | None
    exit_code: int | None
    give_up: bool
    image_missing: bool = False


@dataclass(frozen=True)
class Remove:
    """Nobody needs this instance any more."""

    instance: Instance
    reason: str | None = None


@dataclass(frozen=True)
class Readdress:
    """A live instance answers at another address than before (it was started again)."""

    instance: Instance
    report: InstanceReport


Action = StartCandidate | Promote | Fail | Crash | Remove | Readdress


@dataclass
class _Sorted:
    live: list[Instance] = field(default_factory=list)
    candidates: list[Instance] = field(default_factory=list)
    draining: list[Instance] = field(default_factory=list)


def decide(view: View) -> list[Action]:
    """
    The next actions, in order; asked again after they are done, until there are none.

    A candidate becomes live only when it answers; what serves is taken away only after that. A failed candidate is not
    tried again until somebody pushes, restarts or resumes.
    """
    if view.space.desired is not Desired.RUNNING or (view.target and not view.needs_instance):
        return [Remove(instance) for instance in view.instances]
    sorted_ = _sort(view.instances)
    actions = [*_drained(view, sorted_.draining), *_candidates(view, sorted_), *_live(view, sorted_.live)]
    return actions or _missing(view, sorted_)


def is_serving(view: View) -> bool:
    """Whether visitors reach the app: a live instance that is not known to be down."""
    return any(
        instance.role is Role.LIVE and _state(view, instance) in (None, InstanceState.READY)
        for instance in view.instances
    )


def _sort(instances: Sequence[Instance]) -> _Sorted:
    sorted_ = _Sorted()
    lists = {Role.LIVE: sorted_.live, Role.CANDIDATE: sorted_.candidates, Role.DRAINING: sorted_.draining}
    for instance in instances:
        lists[instance.role].append(instance)
    return sorted_


def _state(view: View, instance: Instance) -> InstanceState | None:
    report = view.reports.get(instance.id)
    return report.state if report else None


def _is_over(view: View, instance: Instance) -> bool:
    return _state(view, instance) in (InstanceState.EXITED, InstanceState.FAILED)


def _drained(view: View, draining: Sequence[Instance]) -> list[Action]:
    return [
        Remove(instance)
        for instance in draining
        if _is_over(view, instance)
        or (instance.deadline_at is not None and view.now >= instance.deadline_at)
        or _is_idle(view, instance)
    ]


def _is_idle(view: View, instance: Instance) -> bool:
    """Every gateway has taken its traffic off and has no request in flight on it; without gateways nobody can."""
    version = instance.swap_version or 0
    return all(gateway.routes_version >= version and not gateway.busy.get(instance.id) for gateway in view.gateways)


def _candidates(view: View, sorted_: _Sorted) -> list[Action]:
    actions: list[Action] = []
    for instance in sorted_.candidates:
        report = view.reports.get(instance.id)
        if instance.generation != view.space.generation:
            actions.append(Remove(instance, "a newer one took its place"))
        elif report and report.state is InstanceState.READY:
            actions.append(Promote(instance, report, tuple(sorted_.live)))
        elif _is_over(view, instance) or _is_late(view, instance):
            actions.append(_failure(view, instance, report, sorted_.live))
    return actions


def _is_late(view: View, instance: Instance) -> bool:
    if instance.deadline_at is None:
        return False
    return (view.now - instance.deadline_at).total_seconds() > START_GRACE_SECONDS


def _failure(view: View, instance: Instance, report: InstanceReport | None, live: Sequence[Instance]) -> Fail:
    fallback = live[0].release_id if live else None
    if report is None or not _is_over(view, instance):
        cause = "the app did not answer before its deadline, and its runner gave no sign of life"
        return Fail(instance, cause, None, None, fallback)
    diagnosis = diagnose_start(report.tail, report.exit_code, report.reason)
    return Fail(
        instance, diagnosis.cause, diagnosis.suggestion, report.exit_code, fallback, image_missing=report.image_missing
    )


def _live(view: View, live: Sequence[Instance]) -> list[Action]:
    actions: list[Action] = []
    for instance in live:
        report = view.reports.get(instance.id)
        if report is None:
            continue
        if _is_over(view, instance):
            diagnosis = diagnose_start(report.tail, report.exit_code, report.reason)
            give_up = view.crashes + 1 >= MAX_CRASHES
            actions.append(
                Crash(
                    instance,
                    diagnosis.cause,
                    diagnosis.suggestion,
                    report.exit_code,
                    give_up,
                    image_missing=report.image_missing,
                )
            )
        elif report.state is InstanceState.READY and (report.host, report.port) != (instance.host, instance.port):
            actions.append(Readdress(instance, report))
    return actions


def _missing(view: View, sorted_: _Sorted) -> list[Action]:
    space = view.space
    is_current = any(instance.generation == space.generation for instance in sorted_.live)
    if view.target is None or sorted_.candidates or is_current or space.failed_generation == space.generation:
        return []
    return [StartCandidate(view.target, space.generation)]
