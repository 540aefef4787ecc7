"""A build: from a commit to an image."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class BuildStatus(StrEnum):
    """``queued`` and ``running`` are active; the others are final and never change again."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


ACTIVE = (BuildStatus.QUEUED, BuildStatus.RUNNING)


@dataclass(frozen=True)
class Build:
    """
    One row per build; the truth, whatever the queue says.

    ``handed_at`` is when it was its turn and it was handed to the queue; until then only this row waits. ``attempt``
    counts how often that was: reports of older attempts are void. ``deadline_at`` ends the state it is in (waiting or
    running). ``deps_hash`` names what has to be installed; with ``use_lock`` in the
    versions that worked last.
    """

    id: str
    space_id: str
    sha: str
    deps_hash: str
    trigger: str
    created_at: datetime
    deadline_at: datetime
    status: BuildStatus = BuildStatus.QUEUED
    attempt: int = 1
    no_cache: bool = False
    phase: str | None = None
    runner_id: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    image: str | None = None
    installed: bool = False
    reason: str | None = None
    suggestion: str | None = None
    requested_by: str = ""
    use_lock: bool = False
    handed_at: datetime | None = None

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def job_id(self) -> str:
        """The id in RQ: new for each attempt, because RQ refuses an id it has seen."""
        return f"{self.id}-{self.attempt}"
