"""The life cycle of a Space as visitors, clients and the admin see it."""

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """
    Stages of a Space, spelled exactly as the Hub spells them.

    Never add one: clients show an unknown stage as an error.

    Source: huggingface_hub ``_space_api.py`` (SpaceStage) and gradio's JS client (``SLEEPING``).
    """

    NO_APP_FILE = "NO_APP_FILE"
    CONFIG_ERROR = "CONFIG_ERROR"
    BUILDING = "BUILDING"
    BUILD_ERROR = "BUILD_ERROR"
    APP_STARTING = "APP_STARTING"
    RUNNING = "RUNNING"
    RUNNING_BUILDING = "RUNNING_BUILDING"
    RUNTIME_ERROR = "RUNTIME_ERROR"
    SLEEPING = "SLEEPING"
    STOPPED = "STOPPED"
    PAUSED = "PAUSED"
    DELETING = "DELETING"


#: Stages that end by themselves. Each has a deadline; see ``rollout.stages``.
PASSING = frozenset({Stage.BUILDING, Stage.APP_STARTING, Stage.RUNNING_BUILDING, Stage.DELETING})
#: Stages in which an instance (or static files) answers visitors.
SERVING = frozenset({Stage.RUNNING, Stage.RUNNING_BUILDING})
#: Stages that need somebody to act.
FAILED = frozenset({Stage.CONFIG_ERROR, Stage.BUILD_ERROR, Stage.RUNTIME_ERROR})

LABELS: dict[Stage, str] = {
    Stage.NO_APP_FILE: "No application file",
    Stage.CONFIG_ERROR: "Configuration error",
    Stage.BUILDING: "Building",
    Stage.BUILD_ERROR: "Build error",
    Stage.APP_STARTING: "Starting",
    Stage.RUNNING: "Running",
    Stage.RUNNING_BUILDING: "Running, building",
    Stage.RUNTIME_ERROR: "Runtime error",
    Stage.SLEEPING: "Sleeping",
    Stage.STOPPED: "Stopped",
    Stage.PAUSED: "Paused",
    Stage.DELETING: "Deleting",
}


@dataclass(frozen=True)
class Facts:
    """What is known of a Space when its stage is computed; nothing else decides it."""

    desired: str
    has_app: bool = False
    serving: bool = False
    building: bool = False
    starting: bool = False
    build_failure: str | None = None
    start_failure: str | None = None
    stop_reason: str | None = None
    progress: str | None = None


def compute_stage(facts: Facts) -> tuple[Stage, str | None]:
    """
    The stage for these facts, and a line for people saying why.

    While an instance serves, the stage is RUNNING or RUNNING_BUILDING whatever happens to the next version; a failure
    of that next version is told in the reason.
    """
    if facts.desired == "deleted":
        return Stage.DELETING, "being removed"
    if facts.desired == "paused":
        return Stage.PAUSED, facts.stop_reason or "paused"
    if facts.desired in ("stopped", "suspended"):
        # The Hub's STOPPED wakes on a visit; what an admin or the platform stopped does not.
        return Stage.PAUSED, facts.stop_reason or (
            "stopped by the admin" if facts.desired == "stopped" else "suspended"
        )
    if facts.serving:
        return _serving_stage(facts)
    if facts.building:
        return Stage.BUILDING, facts.progress
    if facts.starting:
        return Stage.APP_STARTING, facts.progress
    if facts.build_failure:
        return Stage.BUILD_ERROR, facts.build_failure
    if facts.start_failure:
        return Stage.RUNTIME_ERROR, facts.start_failure
    if not facts.has_app:
        return Stage.NO_APP_FILE, "nothing was pushed to main yet"
    return Stage.APP_STARTING, facts.progress


def _serving_stage(facts: Facts) -> tuple[Stage, str | None]:
    # RUNNING_APP_STARTING exists on the Hub, but the gradio JS client takes it for an error, so a starting candidate
    # counts as building while the old version serves.
    if facts.building or facts.starting:
        return Stage.RUNNING_BUILDING, facts.progress
    failure = facts.build_failure or facts.start_failure
    if failure:
        return Stage.RUNNING, f"the last push failed: {failure}; the previous version keeps serving"
    return Stage.RUNNING, None
