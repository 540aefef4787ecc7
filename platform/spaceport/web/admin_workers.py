"""Workers as the admin's page shows them: what each builds, and whether it is there at all. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from spaceport.domain.drain import Drain
from spaceport.domain.space_fact import SpaceFact
from spaceport_runner.contract import WORKER_LIFETIME_SECONDS


@dataclass(frozen=True)
class WorkerRow:
    """
    An RQ worker and the build it works on; ``drain`` is that of its builder or of its machine.

    RQ names a worker for a minute after it was killed, and says that it is idle: ``is_heard`` is then False.
    """

    name: str
    state: str
    space: SpaceFact | None
    last_heartbeat: datetime | None
    drain: Drain | None = None
    is_heard: bool = True


def worker_row(
    worker: Mapping[str, Any],
    spaces_by_job: Mapping[str, SpaceFact | None],
    drains: Mapping[str, Drain],
    runners: Mapping[str, datetime | None],
    now: datetime,
) -> WorkerRow:
    """``runners`` are those that give a sign of life, and when each was started: a worker ends with its runner."""
    name, heartbeat = str(worker.get("name") or "?"), worker.get("last_heartbeat")
    # ``local/2-0123456789ab``: see ``spaceport_runner.worker``.
    builder = name.rpartition("-")[0]
    machine = builder.partition("/")[0]
    heard_at = _aware(heartbeat) if isinstance(heartbeat, datetime) else None
    started_at = runners.get(machine)
    is_old = heard_at is not None and (now - heard_at).total_seconds() > WORKER_LIFETIME_SECONDS
    is_of_another = heard_at is not None and started_at is not None and heard_at < started_at
    return WorkerRow(
        name,
        str(worker.get("state") or "unknown"),
        spaces_by_job.get(str(worker.get("job_id"))),
        heard_at,
        drains.get(builder) or drains.get(machine),
        machine in runners and not is_old and not is_of_another,
    )


def _aware(moment: datetime) -> datetime:
    """RQ keeps times in UTC and leaves the zone out."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
