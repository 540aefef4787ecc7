"""An instance of a release, as the controller wants it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """A candidate becomes live when it answers; the live one before it drains, then is gone."""

    CANDIDATE = "candidate"
    LIVE = "live"
    DRAINING = "draining"
    GONE = "gone"


@dataclass(frozen=True)
class Instance:
    """
    One row per instance ever wanted.

    ``host`` and ``port`` are the last address its agent reported. ``deadline_at`` ends the role it is in: a candidate
    must answer, a draining one is stopped. ``swap_version`` is the version of the routes that took traffic off it.
    ``restart`` counts the instances of the same release before it.
    """

    id: str
    space_id: str
    release_id: str
    runner_id: str
    generation: int
    created_at: datetime
    role: Role = Role.CANDIDATE
    deadline_at: datetime | None = None
    swap_version: int | None = None
    host: str | None = None
    port: int | None = None
    ready_at: datetime | None = None
    ended_at: datetime | None = None
    exit_code: int | None = None
    reason: str | None = None
    restart: int = 0
