"""From rows and reports to the facts a stage is computed from, and the deadline of a passing stage."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from spaceport.domain.build import BuildStatus
from spaceport.domain.instance import Role
from spaceport.domain.line import ABOUT_TO_START, Place
from spaceport.domain.room import spot_words
from spaceport.domain.stage import PASSING, Facts, Stage
from spaceport.rollout.apply import MAX_WAKE_TRIES
from spaceport.rollout.silence import Silence
from spaceport.rollout.view import View, is_serving
from spaceport_runner.contract import InstanceReport, InstanceState


def facts_of(view: View, places: Mapping[str, Place]) -> Facts:
    """``places`` are those of all waiting builds."""
    space = view.space
    lost = view.is_lost if is_serving(view) else view.is_target_lost and view.awaits_runner
    serving = (is_serving(view) and not view.is_lost) or view.served_files is not None
    planned = space.rebuild_requested is not None
    starting = bool(view.with_role(Role.CANDIDATE))
    restarting = not serving and not lost and not space.is_asleep and bool(view.with_role(Role.LIVE))
    return Facts(
        desired=str(space.desired),
        has_app=space.has_app,
        serving=serving,
        asleep=space.is_asleep,
        building=bool(view.builds) or planned,
        starting=starting or restarting,
        waiting=space.waiting_since is not None,
        build_failure=space.build_failure,
        start_failure=space.start_failure,
        stop_reason=space.stop_reason,
        rest_reason=space.rest_reason,
        missing_secrets=space.missing_secrets,
        silence=_silence_words(view),
        drain=view.leaving.serving_words if view.leaving is not None else None,
        lost=lost,
        progress=_progress(view, starting or restarting, places),
    )


def _silence_words(view: View) -> str | None:
    """What serves goes before what should start."""
    if view.silence is not None and is_serving(view):
        return view.silence.words(view.now) if view.silence.is_told(view.now) else None
    awaited = _awaited(view)
    return awaited.start_words(view.now) if awaited is not None else None


def _progress(view: View, starting: bool, places: Mapping[str, Place]) -> str | None:
    space, builds = view.space, view.builds
    if builds and builds[0].status is BuildStatus.QUEUED:
        place = places.get(builds[0].id)
        return place.words if place else ABOUT_TO_START
    if builds:
        return builds[0].phase or "building"
    if view.leaving is not None and space.waiting_since is not None:
        return view.leaving.waiting_words
    if view.spot is not None and space.waiting_since is not None:
        return spot_words(view.spot, view.now)
    awaited = _awaited(view)
    if starting and awaited is not None:
        return awaited.start_words(view.now)
    if phase := _phase(view):
        return phase
    if space.wake_tries:
        return "waking up" + (f", try {space.wake_tries} of {MAX_WAKE_TRIES}" if space.wake_tries > 1 else "")
    if not starting:
        return None
    hindrance = _hindrance(view)
    return f"waiting for the app to answer: {hindrance}" if hindrance else "waiting for the app to answer"


def _awaited(view: View) -> Silence | None:
    """The silence, once it is told, of a runner that would start the target."""
    silence = view.target_silence
    return silence if silence is not None and silence.is_told(view.now) and view.awaits_runner else None


def _hindrance(view: View) -> str | None:
    """Why the app of a candidate cannot be reached so far, as its runner sees it."""
    starting = [report for report in _candidate_reports(view) if report.state is InstanceState.STARTING]
    return next((report.reason for report in starting if report.reason), None)


def _phase(view: View) -> str | None:
    """What is done before the app of a candidate is started, in its runner's words."""
    return next((report.phase for report in _candidate_reports(view) if report.phase), None)


def _candidate_reports(view: View) -> list[InstanceReport]:
    reports = [view.reports.get(instance.id) for instance in view.with_role(Role.CANDIDATE)]
    return [report for report in reports if report is not None]


def deadline_of(stage: Stage, view: View) -> datetime | None:
    """
    When a passing stage ends one way or the other; None for stages that last, but for one whose runner is silent.

    It is that of the build, the wait for room or for a silent runner, or the candidate. Where none is there yet (or any
    more), it is the time that an app has to start, from when the stage began.
    """
    silence = view.silence
    if stage is Stage.RUNNING and silence is not None and silence.is_told(view.now) and is_serving(view):
        return silence.ends_at
    if stage not in PASSING:
        return None
    if view.builds:
        return view.builds[0].deadline_at
    if view.space.waiting_since is not None:
        return view.space.waiting_since + timedelta(seconds=view.rules.room_seconds)
    if (awaited := _awaited(view)) is not None and not view.is_target_lost:
        return awaited.ends_at
    candidates = view.with_role(Role.CANDIDATE)
    deadlines = [instance.deadline_at for instance in candidates if instance.deadline_at is not None]
    if deadlines:
        return min(deadlines)
    if stage is view.space.stage and view.space.stage_deadline_at is not None:
        return view.space.stage_deadline_at
    return view.now + timedelta(seconds=view.rules.start_seconds)
