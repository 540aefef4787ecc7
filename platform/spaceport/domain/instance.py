"""An instance of a release, as the controller wants it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

#: Why a run is ended that is not needed any more.
FILES_TOOK_ITS_PLACE = "files took its place"
NEWER_TOOK_ITS_PLACE = "a newer one took its place"
SPACE_WENT_TO_SLEEP = "the Space went to sleep"
_NOT_NEEDED = (FILES_TOOK_ITS_PLACE, NEWER_TOOK_ITS_PLACE, SPACE_WENT_TO_SLEEP)


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

    @property
    def has_failed(self) -> bool:
        """It never answered, or ended by itself."""
        return self.role is Role.GONE and self.reason is not None and self.reason not in _NOT_NEEDED
