"""What owners do with the timers of a Space; the API and the pages call these."""

from spaceport.domain.account import Caller
from spaceport.domain.names import new_id
from spaceport.domain.space import Space
from spaceport.domain.timer import MAX_TIMERS, Timer, TimerAction, check_line, check_pauses, check_zone
from spaceport.errors import BadRequest, NotFound
from spaceport.rollout.config_change import change_config, check_runs
from spaceport.services import Services


def add_timer(services: Services, space: Space, caller: Caller, action: str, line: str, zone: str = "UTC") -> Timer:
    """Raises: BadRequest, and as ``require`` for CONFIGURE."""
    if action not in list(TimerAction):
        raise BadRequest(f'"action" must be one of {", ".join(TimerAction)}; given: {action[:50]}')
    check_runs(space, "timers")
    line, zone, now = check_line(line), check_zone(zone), services.clock.now()
    first = check_pauses(line, zone, now)
    with change_config(services, space, caller) as change:
        if len(change.tx.timers.of_space(space.id)) >= MAX_TIMERS:
            raise BadRequest(f"a Space may have {MAX_TIMERS} timers: remove one first")
        assert caller.user is not None
        made = Timer(new_id(), space.id, TimerAction(action), line, zone, caller.user.id, caller.user.name, now, first)
        change.tx.timers.add(made)
        change.tell(f"timer added: {action} at {line} ({zone})", timer=made.id)
    return made


def remove_timer(services: Services, space: Space, caller: Caller, timer_id: str) -> None:
    """With what is kept of its runs. Raises: NotFound, and as ``require``."""
    with change_config(services, space, caller) as change:
        found = change.tx.timers.get(timer_id)
        if found is None or found.space_id != space.id:
            raise NotFound(f"{space.full_name} has no such timer")
        change.tx.timers.remove(found.id)
        change.tell(f"timer removed: {found.action} at {found.line} ({found.zone})", timer=found.id)
