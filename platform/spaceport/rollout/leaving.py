"""What becomes of a Space whose machine an admin drains. Pure."""

from spaceport.domain.drain import Drain
from spaceport.domain.instance import Role
from spaceport.domain.leaving import Leaving
from spaceport.domain.sleep import deeper_words
from spaceport.domain.space import Rest
from spaceport.domain.words import duration_words
from spaceport.rollout.actions import Action, GiveUp, MoveOn, Sleep, StopWaiting, Wait
from spaceport.rollout.view import View


def start_elsewhere(view: View, leaving: Leaving) -> list[Action]:
    """Instead of a start on the machine: a build on another one; where that cannot be, it waits as for room."""
    since = view.space.waiting_since
    if view.builds or view.space.rebuild_requested:
        return [StopWaiting()] if since is not None else []
    if leaving.obstacle is None:
        return [MoveOn(leaving.drain.name, _why(leaving.drain))]
    if since is None:
        return [Wait()]
    if (view.now - since).total_seconds() >= view.rules.room_seconds:
        cause = f"it could not start for {duration_words(view.rules.room_seconds)}: {leaving.drain.words}"
        return [GiveUp(cause, f"it cannot be started elsewhere: {leaving.obstacle}; ask the admin")]
    return []


def leave(view: View) -> list[Action]:
    """What serves on a machine that its Spaces are to leave: it serves until it is up elsewhere."""
    leaving = view.leaving
    if leaving is None or not leaving.drain.moves or leaving.obstacle or view.builds or view.space.rebuild_requested:
        return []
    stays = any(each.runner_id == leaving.drain.name for each in view.with_role(Role.LIVE))
    return [MoveOn(leaving.drain.name, _why(leaving.drain))] if stays else []


def thaw_never(view: View) -> list[Action]:
    """What is only frozen there gives its memory back: it is started elsewhere when somebody visits it."""
    leaving, space = view.leaving, view.space
    if leaving is None or not leaving.drain.moves or space.rest is not Rest.FROZEN:
        return []
    return [Sleep(Rest.STOPPED, deeper_words(space, "stopped because its machine is drained"))]


def _why(drain: Drain) -> str:
    return f"{drain.words}; another one takes over"
