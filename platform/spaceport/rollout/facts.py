"""From rows and reports to the facts a stage is computed from, and the deadline of a passing stage."""

from collections.abc import Sequence
from datetime import datetime

from spaceport.domain.build import Build, BuildStatus
from spaceport.domain.instance import Role
from spaceport.domain.space import Space
from spaceport.domain.stage import Facts
from spaceport.rollout.decide import View, is_serving


def facts_of(space: Space, view: View, builds: Sequence[Build]) -> Facts:
    """``builds`` are the active ones of the Space, newest first."""
    serving = is_serving(view) or (view.target is not None and not view.needs_instance)
    planned = space.rebuild_requested is not None
    starting = any(instance.role is Role.CANDIDATE for instance in view.instances)
    restarting = not serving and any(instance.role is Role.LIVE for instance in view.instances)
    return Facts(
        desired=str(space.desired),
        has_app=space.has_app,
        serving=serving,
        building=bool(builds) or planned,
        starting=starting or restarting,
        build_failure=space.build_failure,
        start_failure=space.start_failure,
        stop_reason=space.stop_reason,
        progress=_progress(builds, starting or restarting),
    )


def _progress(builds: Sequence[Build], starting: bool) -> str | None:
    if builds and builds[0].status is BuildStatus.QUEUED:
        return "waiting for a free builder"
    if builds:
        return builds[0].phase or "building"
    return "waiting for the app to answer" if starting else None


def deadline_of(view: View, builds: Sequence[Build]) -> datetime | None:
    """When the passing stage ends one way or the other."""
    if builds:
        return builds[0].deadline_at
    deadlines = [
        instance.deadline_at
        for instance in view.instances
        if instance.role is Role.CANDIDATE and instance.deadline_at is not None
    ]
    return min(deadlines, default=None)
