"""What happens to builds, in the history of their Space; for all who plan, run, or cancel them."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from spaceport.deployments import HISTORY_KEPT
from spaceport.domain.build import Build, BuildStatus
from spaceport.domain.history import NO_TALK, HappeningKind
from spaceport.domain.space import Space
from spaceport.errors import Unavailable
from spaceport.interfaces import BuildQueue, Transaction


def record_build(tx: Transaction, build: Build, now: datetime, what: str, actor: str = "", **details: object) -> None:
    """A line in the history of the Space about one of its builds."""
    summary = f"build of {build.sha[:7]} {what}"
    details |= {"build": build.id, "sha": build.sha, "trigger": build.trigger, "attempt": build.attempt}
    by = actor or build.requested_by or "system"
    tx.history.add(build.space_id, now, HappeningKind.BUILD, by, summary, details)
    tx.history.trim(build.space_id, HISTORY_KEPT, NO_TALK)


def record_cancelled(tx: Transaction, build: Build, reason: str, actor: str, now: datetime) -> None:
    """End an active build; whoever asks for it takes it out of the queue once that is written."""
    tx.builds.update(build.id, status=BuildStatus.CANCELLED, finished_at=now, reason=reason)
    what = reason if reason.startswith("cancelled") else f"cancelled: {reason}"
    record_build(tx, build, now, what, actor=actor, status="cancelled")


def cancel_builds(tx: Transaction, space: Space, reason: str, actor: str, now: datetime) -> list[Build]:
    """End all that is built of a Space; returns what the queue must forget."""
    builds = tx.builds.active(space.id)
    for build in builds:
        record_cancelled(tx, build, reason, actor, now)
    return builds


def forget_builds(queue: BuildQueue, builds: Iterable[Build]) -> None:
    """
    Take builds out of the queue that are cancelled in the database already.

    Without Redis they run to their end, and nobody takes what they make: what was asked for is done all the same.
    """
    with suppress(Unavailable):
        for build in builds:
            queue.cancel(build)
