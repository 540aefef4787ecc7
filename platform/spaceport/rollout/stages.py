"""The stage of a Space as it is now."""

from spaceport.domain.stage import compute_stage
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
