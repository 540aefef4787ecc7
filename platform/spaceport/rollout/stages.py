"""The stage of a Space as it is now, and what is written when it changes."""

from collections.abc import Mapping
from datetime import datetime

from spaceport.deployments import HISTORY_KEPT
from spaceport.domain.history import HappeningKind
from spaceport.domain.space import Space
from spaceport.domain.stage import compute_stage
from spaceport.interfaces import Transaction
from spaceport.rollout.facts import deadline_of, facts_of
from spaceport.rollout.view import View
from spaceport.rollout.world import World


def stage_changes(view: View, world: World) -> dict[str, object]:
    """What to write about the stage; empty when everything is as computed before."""
    space = view.space
    stage, reason = compute_stage(facts_of(view, world.places))
    deadline = deadline_of(stage, view)
    if (stage, reason, deadline) == (space.stage, space.stage_reason, space.stage_deadline_at):
        return {}
    since = {"stage_since": view.now} if stage is not space.stage else {}
    return {"stage": stage, "stage_reason": reason, "stage_deadline_at": deadline, **since}


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
    tx.history.trim(space.id, HISTORY_KEPT)
