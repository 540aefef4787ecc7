"""All that decisions about one Space rest on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from spaceport.domain.build import Build
from spaceport.domain.instance import Instance, Role
from spaceport.domain.leaving import Leaving
from spaceport.domain.release import Release
from spaceport.domain.room import Spot
from spaceport.domain.route import GatewayReport
from spaceport.domain.space import Desired, Rest, Space
from spaceport.rollout.silence import Silence
from spaceport_runner.contract import InstanceReport, InstanceState


@dataclass(frozen=True)
class Rules:
    """
    What settings, hardware and card say of this Space.

    ``sleep_seconds`` is None where it never sleeps. ``freeze_seconds`` is how long it may stay frozen, 0 where it is
    stopped at once. With ``max_crashes_per_hour`` the platform suspends it, after ``room_seconds`` it waits for
    room no longer.
    """

    sleep_seconds: int | None = None
    freeze_seconds: int = 0
    start_seconds: int = 300
    max_crashes_per_hour: int = 10
    room_seconds: int = 86_400


@dataclass(frozen=True)
class View:
    """
    ``instances`` are those not gone, ``builds`` those under way, newest first. ``crashes`` counts recent ends of live
    instances, ``crashes_in_hour`` those of an hour.

    ``live_release`` is what serves, where that is another one than ``target``. ``is_visited`` says that somebody waits
    for it to wake. ``may_sleep`` is only set when the last use of the Space was looked up just now.
    ``is_short_of_memory`` asks this Space to give back what it holds while frozen. ``spot`` is where it stands if it
    wants to start beside nothing of its own; None where room is no question. ``silences`` are those of all runners that
    are missed, by their ids; with ``can_move`` another one than that of the target could build and run it. ``leaving``
    says that the machine of the target is drained.
    """

    space: Space
    target: Release | None
    needs_instance: bool
    instances: Sequence[Instance]
    reports: Mapping[str, InstanceReport]
    gateways: Sequence[GatewayReport]
    crashes: int
    now: datetime
    crashes_in_hour: int = 0
    live_release: Release | None = None
    builds: Sequence[Build] = ()
    is_visited: bool = False
    may_sleep: bool = False
    is_short_of_memory: bool = False
    spot: Spot | None = None
    silences: Mapping[str, Silence] = field(default_factory=dict)
    can_move: bool = False
    leaving: Leaving | None = None
    rules: Rules = Rules()

    @property
    def served_files(self) -> Release | None:
        """The static release whose files are served, if any."""
        if self.target is not None and not self.needs_instance:
            return self.target
        return self.live_release if self.live_release is not None and self.live_release.sdk == "static" else None

    @property
    def silence(self) -> Silence | None:
        """That of the runner of what is live."""
        return next((self.silence_of(instance) for instance in self.with_role(Role.LIVE)), None)

    @property
    def target_silence(self) -> Silence | None:
        """That of the runner that should start the target."""
        return self.silences.get(self.target.runner_id) if self.target and self.needs_instance else None

    @property
    def is_target_lost(self) -> bool:
        """Nobody waits any more for the runner that should start the target."""
        return self.target_silence is not None and self.target_silence.is_over(self.now)

    @property
    def awaits_runner(self) -> bool:
        """Whether the target would be started if its runner, which is missed, were back."""
        return self.target_silence is not None and self.space.failed_generation != self.space.generation

    @property
    def is_lost(self) -> bool:
        """
        What is live is on a runner that has been silent for so long that nobody believes it to be looked after.

        It keeps its visitors: instances outlive their runner, and nobody here can tell whether the app answers.
        """
        return self.silence is not None and self.silence.is_over(self.now)

    def with_role(self, role: Role) -> list[Instance]:
        return [instance for instance in self.instances if instance.role is role]

    def silence_of(self, instance: Instance) -> Silence | None:
        return self.silences.get(instance.runner_id)

    def state(self, instance: Instance) -> InstanceState | None:
        """None while its runner has not reported it."""
        report = self.reports.get(instance.id)
        return report.state if report else None

    def is_over(self, instance: Instance) -> bool:
        return self.state(instance) in (InstanceState.EXITED, InstanceState.FAILED)


def wants_candidate(view: View) -> bool:
    """Whether another instance of the target should be started, room or no room."""
    space = view.space
    if view.target is None or not view.needs_instance or space.desired is not Desired.RUNNING or space.is_asleep:
        return False
    if space.missing_secrets or space.failed_generation == space.generation or view.is_target_lost:
        return False
    is_current = any(instance.generation == space.generation for instance in view.with_role(Role.LIVE))
    return not is_current and not view.with_role(Role.CANDIDATE)


def is_serving(view: View) -> bool:
    """Whether visitors reach the app: a live instance that is awake and not known to be down."""
    return serving_instance(view) is not None


def serving_instance(view: View) -> Instance | None:
    """The live instance, whether or not its agent answers right now, and for however long it has not."""
    if view.space.is_asleep:
        return None
    return next((instance for instance in view.with_role(Role.LIVE) if _answers(view, instance)), None)


def _answers(view: View, instance: Instance) -> bool:
    report = view.reports.get(instance.id)
    if report is None:
        # Only a report can tell that an instance has left the freezer.
        return not view.space.wake_tries
    return report.state is InstanceState.READY and not report.is_frozen


def is_let_go(view: View, instance: Instance) -> bool:
    """Every gateway has taken its traffic off and has no request in flight on it; without gateways nobody can."""
    version = instance.swap_version or 0
    return all(gateway.routes_version >= version and not gateway.busy.get(instance.id) for gateway in view.gateways)


def is_busy(view: View, instance: Instance) -> bool:
    """Whether a request, stream or socket is under way on it (a heartbeat of an open tab is none of these)."""
    return any(gateway.busy.get(instance.id) for gateway in view.gateways)


def should_be_frozen(view: View, instance: Instance) -> bool:
    """A live instance is frozen when its Space sleeps so and no gateway can have a request on it any more."""
    return _is_meant_frozen(view) and instance.role is Role.LIVE and is_let_go(view, instance)


def is_letting_go(view: View) -> bool:
    """Whether something is to be frozen that a gateway may still have requests on."""
    return _is_meant_frozen(view) and not all(is_let_go(view, instance) for instance in view.with_role(Role.LIVE))


def _is_meant_frozen(view: View) -> bool:
    return view.space.is_asleep and view.space.rest is Rest.FROZEN
