"""The life cycle of a Space as visitors, clients and the admin see it."""

from collections.abc import Callable, Sequence
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


#: Stages that end by themselves. Each has a deadline; see ``rollout.facts``.
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
    """
    What is known of a Space when its stage is computed; nothing else decides it.

    ``progress`` is where a build, a start or the wait for room is, ``rest_reason`` why it sleeps. ``silence`` says that
    the runner of what is live, or of what should start, gives no sign of life; with ``lost`` for so long that nobody
    vouches for it any more, though visitors are still sent to what was live. ``drain`` is what
    is said where its machine is drained.
    """

    desired: str
    has_app: bool = False
    serving: bool = False
    asleep: bool = False
    building: bool = False
    starting: bool = False
    waiting: bool = False
    build_failure: str | None = None
    start_failure: str | None = None
    stop_reason: str | None = None
    rest_reason: str | None = None
    missing_secrets: Sequence[str] = ()
    progress: str | None = None
    silence: str | None = None
    drain: str | None = None
    lost: bool = False

    @property
    def failure(self) -> str | None:
        return self.build_failure or self.start_failure


@dataclass(frozen=True)
class _Row:
    """One line of the table: where ``applies`` is the first that does, this is the stage, and ``reason`` says why."""

    applies: Callable[[Facts], bool]
    stage: Stage
    reason: Callable[[Facts], str | None]


def compute_stage(facts: Facts) -> tuple[Stage, str | None]:
    """
    The stage for these facts, and a line for people saying why.

    While an instance serves, the stage is RUNNING or RUNNING_BUILDING whatever happens to the next version; a failure
    of that next version is told in the reason. Every stage but RUNNING has a reason.
    """
    row = next(row for row in _TABLE if row.applies(facts))
    return row.stage, row.reason(facts)


def missing_secrets_words(names: Sequence[str]) -> str:
    """What becomes of a Space that asks for secrets; goes behind its name or an ``it``."""
    return f"does not start before these secrets are set: {', '.join(names)}. Set them in its settings"


def _failed_push(facts: Facts, and_now: str) -> str | None:
    return f"the last push failed: {facts.failure}; {and_now}" if facts.failure else None


def _while_serving(facts: Facts) -> str | None:
    return facts.silence or _failed_push(facts, "the previous version keeps serving") or facts.drain


def _lost_reason(facts: Facts) -> str | None:
    return f"{facts.silence}; what was tried last: {facts.failure}" if facts.failure else facts.silence


def _asleep_reason(facts: Facts) -> str:
    why = f"asleep: {facts.rest_reason or 'nobody used it for a while'}; a visit wakes it"
    failed = _failed_push(facts, "a visit wakes the previous version")
    return f"{why}; {failed}" if failed else why


def _secrets_reason(facts: Facts) -> str:
    """Everybody who reads the Space reads this: the names are its owner's."""
    count = len(facts.missing_secrets)
    what = "a secret is" if count == 1 else f"{count} secrets are"
    return f"it does not start before {what} set that it asks for: its owner sees in the settings which"


# What an admin or the platform stopped is PAUSED too: the Hub's STOPPED wakes on a visit, these do not.
# RUNNING_APP_STARTING exists on the Hub, but the gradio JS client takes it for an error, so a starting candidate counts
# as building while the old version serves.
_TABLE = (
    _Row(lambda f: f.desired == "deleted", Stage.DELETING, lambda f: "being removed"),
    _Row(lambda f: f.desired == "paused", Stage.PAUSED, lambda f: f.stop_reason or "paused by its owner"),
    _Row(lambda f: f.desired == "stopped", Stage.PAUSED, lambda f: f.stop_reason or "stopped by the admin"),
    _Row(lambda f: f.desired == "suspended", Stage.PAUSED, lambda f: f.stop_reason or "suspended by the platform"),
    _Row(lambda f: f.serving and f.building, Stage.RUNNING_BUILDING, lambda f: f.progress or "building"),
    _Row(lambda f: f.serving and (f.starting or f.waiting), Stage.RUNNING_BUILDING, lambda f: f.progress or "starting"),
    _Row(lambda f: f.serving, Stage.RUNNING, _while_serving),
    _Row(lambda f: bool(f.missing_secrets), Stage.CONFIG_ERROR, _secrets_reason),
    _Row(lambda f: f.building, Stage.BUILDING, lambda f: f.progress or "preparing the build"),
    _Row(lambda f: f.asleep, Stage.SLEEPING, _asleep_reason),
    _Row(lambda f: f.lost and not f.starting, Stage.RUNTIME_ERROR, _lost_reason),
    _Row(lambda f: f.starting or f.waiting, Stage.APP_STARTING, lambda f: f.progress or "starting"),
    _Row(lambda f: bool(f.build_failure), Stage.BUILD_ERROR, lambda f: f.build_failure),
    _Row(lambda f: bool(f.start_failure), Stage.RUNTIME_ERROR, lambda f: f.start_failure),
    _Row(lambda f: not f.has_app, Stage.NO_APP_FILE, lambda f: "nothing was pushed to main yet"),
    _Row(lambda f: True, Stage.APP_STARTING, lambda f: f.progress or "about to start"),
)
