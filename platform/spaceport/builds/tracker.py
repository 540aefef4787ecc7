"""What becomes of active builds: decided from the row, the queue and the lease."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from spaceport.domain.build import Build, BuildStatus

#: How often a build is handed to the queue before it is given up.
MAX_ATTEMPTS = 3
#: Seconds without a lease after which a started attempt counts as lost. The lease itself lasts 9 s after the last sign
#: of life; this leaves room for a start and for a restart of Redis.
LEASE_GRACE_SECONDS = 4
#: Seconds past its own deadline a runner has to report it.
DEADLINE_GRACE_SECONDS = 30


class Verdict(StrEnum):
    """What to do with one active build."""

    KEEP = "keep"
    ENQUEUE = "enqueue"
    RETRY = "retry"
    LOST = "lost"
    WAITED_TOO_LONG = "waited too long"
    RAN_TOO_LONG = "ran too long"


@dataclass(frozen=True)
class QueueFacts:
    """``job_state`` is as ``BuildQueue.job_state`` says; ``unleased_seconds`` since when no attempt held the lease."""

    job_state: str | None
    has_lease: bool
    unleased_seconds: float


def judge(build: Build, facts: QueueFacts, now: datetime) -> Verdict:
    """
    One build, one verdict.

    The database is the truth: a build handed out that the queue forgot is enqueued again, a running one whose worker
    gave no sign of life is tried again under a new attempt number, so that the old attempt's reports are void. What was
    not handed out yet waits for its turn.
    """
    overdue_seconds = (now - build.deadline_at).total_seconds()
    if build.status is BuildStatus.RUNNING and overdue_seconds > DEADLINE_GRACE_SECONDS:
        return Verdict.RAN_TOO_LONG
    if facts.has_lease:
        return Verdict.KEEP
    if build.status is BuildStatus.QUEUED and facts.job_state in ("waiting", None):
        if overdue_seconds > 0:
            return Verdict.WAITED_TOO_LONG
        is_where_it_should_be = facts.job_state == "waiting" or build.handed_at is None
        return Verdict.KEEP if is_where_it_should_be else Verdict.ENQUEUE
    if facts.unleased_seconds < LEASE_GRACE_SECONDS:
        return Verdict.KEEP
    return Verdict.RETRY if build.attempt < MAX_ATTEMPTS else Verdict.LOST
