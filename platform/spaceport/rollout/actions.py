"""What can be decided about a Space: each action is carried out by ``apply``, and says all that is needed for it."""

from dataclasses import dataclass
from datetime import datetime

from spaceport.domain.instance import Instance
from spaceport.domain.release import Release
from spaceport.domain.space import Rest
from spaceport_runner.contract import InstanceReport


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
    """
    A live instance ended by itself; ``give_up`` when that happened too often in a row.

    ``suspends`` counts the ends within an hour where they are too many for the platform to go on with it.
    """

    instance: Instance
    cause: str
    suggestion: str | None
    exit_code: int | None
    give_up: bool
    suspends: int | None = None
    image_missing: bool = False


@dataclass(frozen=True)
class Remove:
    """Nobody needs this instance any more."""

    instance: Instance
    reason: str | None = None


@dataclass(frozen=True)
class Allow:
    """A candidate has until then: its runner prepares it, or has only now begun to start the app."""

    instance: Instance
    deadline_at: datetime


@dataclass(frozen=True)
class Readdress:
    """A live instance answers at another address than before (it was started again)."""

    instance: Instance
    report: InstanceReport


@dataclass(frozen=True)
class Retire:
    """A live instance of a Space that goes to sleep: gateways let go of it first, then it is removed."""

    instance: Instance


@dataclass(frozen=True)
class Replace:
    """A live instance does not come back from the freezer: another one is started beside it."""

    instance: Instance


@dataclass(frozen=True)
class Wait:
    """There is no room to start it: it takes its place in line."""


@dataclass(frozen=True)
class StopWaiting:
    """It does not want to start any more."""


@dataclass(frozen=True)
class MoveOn:
    """Another runner than this one is to build and run it, and why."""

    runner_id: str
    why: str


@dataclass(frozen=True)
class MakeRoom:
    """These Spaces are only frozen and somebody else needs their memory: from now on they are stopped."""

    space_ids: tuple[str, ...]


@dataclass(frozen=True)
class GiveUp:
    """It cannot be started as it is; what serves goes on serving ``fallback_release_id``."""

    cause: str
    suggestion: str
    fallback_release_id: str | None = None


@dataclass(frozen=True)
class Sleep:
    """The Space goes to sleep, or from frozen to stopped."""

    depth: Rest
    reason: str


@dataclass(frozen=True)
class Wake:
    """Somebody came by: from now on it is meant to be awake."""


@dataclass(frozen=True)
class Woken:
    """It answers again, this long after it was woken."""

    seconds: float
    was_frozen: bool


Action = (
    StartCandidate
    | Promote
    | Fail
    | Crash
    | Remove
    | Allow
    | Readdress
    | Retire
    | Replace
    | Wait
    | StopWaiting
    | MakeRoom
    | MoveOn
    | GiveUp
    | Sleep
    | Wake
    | Woken
)
