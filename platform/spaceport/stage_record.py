"""A change of stage written down: by the controller as it sees it, and by commands as they ask for it."""

from collections.abc import Mapping
from datetime import datetime

from spaceport.deployments import HISTORY_KEPT
from spaceport.domain.history import NO_TALK, HappeningKind
from spaceport.domain.space import Space
from spaceport.domain.stage import SERVING, Stage
from spaceport.interfaces import Transaction


def record_stage(tx: Transaction, space: Space, changes: Mapping[str, object], now: datetime) -> None:
    """A change of stage is history; a change of the reason within a stage is not."""
    if changes["stage"] is space.stage:
        return
    stage, reason = str(changes["stage"]), changes["stage_reason"]
    summary = f"{stage}: {reason}" if reason else stage
    tx.history.add(
        space.id,
        now,
        HappeningKind.STAGE,
        "system",
        summary,
        {"stage": stage, "before": str(space.stage), "reason": reason},
    )
    tx.history.trim(space.id, HISTORY_KEPT, NO_TALK)


def note_stopped(tx: Transaction, space: Space, reason: str, now: datetime) -> None:
    """
    PAUSED from the moment of the command on.

    The controller would compute the same a moment later; whoever asks meanwhile must not hear that it still runs.
    """
    _write(tx, space, Stage.PAUSED, reason, None, now)


def note_asked(tx: Transaction, space: Space, is_build: bool, deadline: datetime, now: datetime) -> None:
    """
    The passing stage that a start or a rebuild leads to, from the moment of the command on.

    Clients end their wait at the first stage that lasts, so the one from before the command must not be seen after it.
    What it is of a Space that lacks secrets, or of static files that need no start, the controller says.

    Source: huggingface_hub ``hf_api.py`` (``wait_for_space``).
    """
    if space.missing_secrets or (space.sdk == "static" and not is_build):
        return
    if space.stage in SERVING:
        stage, reason = Stage.RUNNING_BUILDING, "building" if is_build else "starting"
    else:
        stage = Stage.BUILDING if is_build else Stage.APP_STARTING
        reason = "preparing the build" if is_build else "about to start"
    _write(tx, space, stage, reason, deadline, now)


def _write(tx: Transaction, space: Space, stage: Stage, reason: str, deadline: datetime | None, now: datetime) -> None:
    since = {"stage_since": now} if stage is not space.stage else {}
    changes = {"stage": stage, "stage_reason": reason, "stage_deadline_at": deadline}
    tx.spaces.update(space.id, **changes, **since)
    record_stage(tx, space, changes, now)
