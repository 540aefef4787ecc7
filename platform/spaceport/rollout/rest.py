"""Sleep and wake of one Space: a pure function, asked before anything is decided about its instances."""

from datetime import datetime, timedelta

from spaceport.domain.instance import Instance, Role
from spaceport.domain.sleep import deeper_words, last_use_of
from spaceport.domain.space import Rest
from spaceport.domain.words import duration_words
from spaceport.rollout.actions import Action, Replace, Sleep, Wake, Woken
from spaceport.rollout.view import View, is_busy, serving_instance
from spaceport_runner.contract import InstanceState

#: Seconds an instance has to leave the freezer before another one is started in its place.
THAW_SECONDS = 20


def decide_rest(view: View) -> list[Action]:
    """What to do about sleep; nothing means that the instances are as they should be in this respect."""
    if view.space.is_asleep:
        return _asleep(view)
    if view.space.wake_tries:
        return _waking(view)
    return _awake(view)


def _asleep(view: View) -> list[Action]:
    if view.is_visited:
        return [Wake()]
    if view.space.rest is not Rest.FROZEN:
        return []
    live = view.with_role(Role.LIVE)
    # One that starts is another process than was frozen: its machine or its runner was started again.
    if not live or any(view.state(instance) not in (None, InstanceState.READY) for instance in live):
        return [_deeper(view, "its process is gone")]
    if view.is_short_of_memory:
        return [_deeper(view, "stopped because memory was short")]
    frozen_seconds = (view.now - _since(view)).total_seconds()
    if frozen_seconds >= view.rules.freeze_seconds:
        return [_deeper(view, f"stopped after {duration_words(view.rules.freeze_seconds)} in the freezer")]
    return []


def _deeper(view: View, why: str) -> Sleep:
    return Sleep(Rest.STOPPED, deeper_words(view.space, why))


def _waking(view: View) -> list[Action]:
    since, serving = _since(view), serving_instance(view)
    if serving is not None:
        was_frozen = serving.ready_at is not None and serving.ready_at < since
        return [Woken((view.now - since).total_seconds(), was_frozen)]
    is_late = view.now - since > timedelta(seconds=THAW_SECONDS)
    stuck = [instance for instance in view.with_role(Role.LIVE) if _is_stuck(view, instance)]
    return [Replace(instance) for instance in stuck] if is_late else []


def _is_stuck(view: View, instance: Instance) -> bool:
    """Where a newer generation will not start by itself (a push that failed), the one before it is all there is."""
    report, space = view.reports.get(instance.id), view.space
    if view.silence_of(instance) is not None:
        # It thaws when its runner is back; if it is not, another one takes over.
        return False
    is_last = instance.generation == space.generation or space.failed_generation == space.generation
    return is_last and (report is None or report.is_frozen)


def _awake(view: View) -> list[Action]:
    """Idle for long enough, with nothing under way: neither a request nor a build nor a swap."""
    seconds, serving = view.rules.sleep_seconds, serving_instance(view)
    if not view.may_sleep or seconds is None or serving is None or len(view.instances) > 1:
        return []
    if view.silence is not None:
        # Nobody would freeze it, and nobody could wake it.
        return []
    if view.builds or view.space.rebuild_requested or is_busy(view, serving):
        return []
    if (view.now - last_use_of(view.space)).total_seconds() < seconds:
        return []
    depth = Rest.FROZEN if view.rules.freeze_seconds and not view.is_short_of_memory else Rest.STOPPED
    return [Sleep(depth, f"nobody used it for {duration_words(seconds)}")]


def _since(view: View) -> datetime:
    return view.space.rest_since or view.now
