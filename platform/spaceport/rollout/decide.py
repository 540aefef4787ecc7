"""What to do about the instances of one Space: a pure function from what is known to what should happen."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from spaceport.domain.diagnosis import diagnose_start
from spaceport.domain.instance import (
    FILES_TOOK_ITS_PLACE,
    NEWER_TOOK_ITS_PLACE,
    SPACE_WENT_TO_SLEEP,
    Instance,
    Role,
)
from spaceport.domain.room import Spot
from spaceport.domain.space import Desired, Rest
from spaceport.domain.stage import Stage
from spaceport.domain.words import duration_words
from spaceport.rollout.actions import (
    Action,
    Allow,
    Crash,
    Fail,
    GiveUp,
    MakeRoom,
    MoveOn,
    Promote,
    Readdress,
    Remove,
    Retire,
    StartCandidate,
    StopWaiting,
    Wait,
)
from spaceport.rollout.leaving import leave, start_elsewhere, thaw_never
from spaceport.rollout.rest import decide_rest
from spaceport.rollout.silence import Silence
from spaceport.rollout.view import View, is_let_go, wants_candidate
from spaceport_runner.contract import InstanceReport, InstanceState

#: A live instance that ended is replaced at once, until this many ended within CRASH_WINDOW_SECONDS.
MAX_CRASHES = 3
CRASH_WINDOW_SECONDS = 600
#: Seconds past its own deadline an agent has to report that an app did not come up.
START_GRACE_SECONDS = 15


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
    if view.space.desired is not Desired.RUNNING:
        return [Remove(instance) for instance in view.instances]
    sorted_ = _sort(view.instances)
    if view.target and not view.needs_instance:
        return _before_files(view, sorted_)
    actions = [*decide_rest(view), *_drained(view, sorted_.draining)]
    if view.space.is_asleep:
        return actions or _at_rest(view, sorted_) or thaw_never(view)
    actions += [*_candidates(view, sorted_), *_live(view, sorted_.live)]
    return actions or _lost(view) or _missing(view) or leave(view)


def _lost(view: View) -> list[Action]:
    """Once: then it is being built, or could not be, or another runner has built it and starts it."""
    if view.target is None or not view.is_target_lost or view.builds or view.space.rebuild_requested:
        return []
    if view.can_move:
        runner_id = view.target.runner_id
        return [MoveOn(runner_id, f"the runner {runner_id} is lost: another one takes over")]
    fallback = _serves_elsewhere(view)
    if fallback is None or not view.awaits_runner:
        return []
    cause = f"its machine {view.target.runner_id} gives no sign of life"
    return [GiveUp(cause, "rebuild to start main on another machine", fallback)]


def _serves_elsewhere(view: View) -> str | None:
    """The release that goes on, should the target not come up. Without one the target is waited for."""
    live = next((each for each in view.with_role(Role.LIVE) if view.silence_of(each) is None), None)
    files = view.served_files
    return live.release_id if live is not None else files.id if files is not None else None


def _before_files(view: View, sorted_: _Sorted) -> list[Action]:
    """Files are served: what ran before them ends with its last request."""
    removed = [Remove(instance, FILES_TOOK_ITS_PLACE) for instance in sorted_.candidates]
    return [*_drained(view, sorted_.draining), *removed, *(Retire(instance) for instance in sorted_.live)]


def _at_rest(view: View, sorted_: _Sorted) -> list[Action]:
    """Asleep: nothing runs but, while it is only frozen, what was live."""
    actions: list[Action] = [Remove(instance, SPACE_WENT_TO_SLEEP) for instance in sorted_.candidates]
    if view.space.rest is Rest.STOPPED:
        actions += [Retire(instance) for instance in sorted_.live]
    return actions


def _sort(instances: Sequence[Instance]) -> _Sorted:
    sorted_ = _Sorted()
    lists = {Role.LIVE: sorted_.live, Role.CANDIDATE: sorted_.candidates, Role.DRAINING: sorted_.draining}
    for instance in instances:
        lists[instance.role].append(instance)
    return sorted_


def _drained(view: View, draining: Sequence[Instance]) -> list[Action]:
    return [
        Remove(instance)
        for instance in draining
        if view.is_over(instance)
        or (instance.deadline_at is not None and view.now >= instance.deadline_at)
        or is_let_go(view, instance)
    ]


def _candidates(view: View, sorted_: _Sorted) -> list[Action]:
    actions: list[Action] = []
    for instance in sorted_.candidates:
        report, silence = view.reports.get(instance.id), view.silence_of(instance)
        deadline = _deadline_of(view, instance, report)
        if instance.generation != view.space.generation:
            actions.append(Remove(instance, NEWER_TOOK_ITS_PLACE))
        elif report and report.state is InstanceState.READY and not (silence and sorted_.live):
            actions.append(Promote(instance, report, tuple(sorted_.live)))
        elif silence is not None and not view.is_over(instance):
            actions += _unheard(view, instance, silence)
        elif view.is_over(instance) or _is_late(view, deadline):
            actions.append(_failure(view, instance, report, sorted_.live))
        elif deadline is not None and deadline != instance.deadline_at:
            actions.append(Allow(instance, deadline))
    return actions


def _unheard(view: View, instance: Instance, silence: Silence) -> list[Action]:
    """No failure of the app, whose runner gives no sign of life: it has all its time when the runner is back."""
    if silence.is_over(view.now):
        return [Remove(instance, f"its machine {instance.runner_id} gave no sign of life")]
    if instance.deadline_at is not None and view.now >= instance.deadline_at:
        return [Allow(instance, view.now + timedelta(seconds=view.rules.start_seconds))]
    return []


def _deadline_of(view: View, instance: Instance, report: InstanceReport | None) -> datetime | None:
    """
    That of what its runner is doing: a copy of /data has its own, and the app's time begins when it is started.

    In whole seconds, so that it is the same however it was stored.
    """
    if report is None:
        return instance.deadline_at
    if report.phase_until is not None:
        return datetime.fromtimestamp(round(report.phase_until), UTC)
    if report.prepared_at is not None:
        return datetime.fromtimestamp(round(report.prepared_at) + view.rules.start_seconds, UTC)
    return instance.deadline_at


def _is_late(view: View, deadline: datetime | None) -> bool:
    return deadline is not None and (view.now - deadline).total_seconds() > START_GRACE_SECONDS


def _failure(view: View, instance: Instance, report: InstanceReport | None, live: Sequence[Instance]) -> Fail:
    before = view.served_files
    fallback = live[0].release_id if live else before.id if before else None
    if report is None or not view.is_over(instance):
        cause = "the app did not answer before its deadline, and its runner " + (
            "said nothing of it" if report is None else f"was still {report.phase or 'preparing it'}"
        )
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
        if report.state is InstanceState.STARTING and _restarts_in_vain(view, instance, report):
            give_up = view.crashes + 1 >= MAX_CRASHES
            actions.append(Crash(instance, "it was started again and did not answer in time", None, None, give_up))
        elif view.is_over(instance):
            diagnosis = diagnose_start(report.tail, report.exit_code, report.reason)
            give_up = view.crashes + 1 >= MAX_CRASHES
            in_hour = view.crashes_in_hour + 1
            actions.append(
                Crash(
                    instance,
                    diagnosis.cause,
                    diagnosis.suggestion,
                    report.exit_code,
                    give_up,
                    suspends=in_hour if in_hour >= view.rules.max_crashes_per_hour else None,
                    image_missing=report.image_missing,
                )
            )
        elif report.state is InstanceState.READY and (report.host, report.port) != (instance.host, instance.port):
            actions.append(Readdress(instance, report))
    return actions


def _restarts_in_vain(view: View, instance: Instance, report: InstanceReport) -> bool:
    """Its machine came back and started what was live once more: its stage has a deadline, and the app no other."""
    if view.space.stage is not Stage.APP_STARTING or view.silence_of(instance) is not None or report.phase:
        return False
    return _is_late(view, view.space.stage_deadline_at)


def _missing(view: View) -> list[Action]:
    is_waiting = view.space.waiting_since is not None
    if view.target is None or not wants_candidate(view):
        return [StopWaiting()] if is_waiting else []
    if view.leaving is not None:
        return start_elsewhere(view, view.leaving)
    if view.spot is None or view.spot.is_free:
        return [StartCandidate(view.target, view.space.generation)]
    return _without_room(view, view.spot)


def _without_room(view: View, spot: Spot) -> list[Action]:
    if spot.fits_never and spot.over_quota:
        return [GiveUp(spot.over_quota, "choose smaller hardware in its settings, or ask the admin for more")]
    if spot.fits_never:
        cause = f"it asks for {spot.size.words}, more than its machine has to give to all Spaces together"
        return [GiveUp(cause, "choose smaller hardware in its settings")]
    since = view.space.waiting_since
    if since is None:
        return [Wait()]
    if (view.now - since).total_seconds() >= view.rules.room_seconds:
        cause = f"there was no room to start it for {duration_words(view.rules.room_seconds)}"
        return [GiveUp(cause, "pause a Space that nobody needs, then restart this one")]
    return [MakeRoom(spot.sleepers)] if spot.sleepers else []
