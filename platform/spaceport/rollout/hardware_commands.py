"""What a Space runs on, and after how long without use it sleeps."""

from spaceport.domain.account import Caller
from spaceport.domain.flavors import NEVER_SLEEPS
from spaceport.domain.space import Desired, Rest, Space
from spaceport.errors import BadRequest
from spaceport.hardware_room import check_hardware
from spaceport.owner_usage import check_hardware_quota
from spaceport.rollout.config_change import ConfigChange, change_config, check_runs
from spaceport.services import Services

MAX_SLEEP_SECONDS = 366 * 24 * 3600


def set_hardware(
    services: Services, space: Space, caller: Caller, flavor: str, sleep_seconds: int | None = None
) -> None:
    """
    Ask for other hardware; ``sleep_seconds`` as ``set_sleep_time``, None leaves it.

    Raises: BadRequest for static Spaces and as ``check_hardware``, and as ``require``.
    """
    check_runs(space, "hardware")
    if flavor != space.hardware or flavor not in services.settings.flavors:
        check_hardware(services, flavor, "flavor")
    if sleep_seconds is not None:
        _check_sleep(sleep_seconds)
    with change_config(services, space, caller) as change:
        if flavor != change.space.hardware:
            _check_quota(services, change, flavor)
            change.tx.spaces.update(change.space.id, hardware=flavor)
            change.tell(f"hardware {flavor}", reaches_app=True, hardware=flavor)
        if sleep_seconds is not None and sleep_seconds != change.space.sleep_seconds:
            change.tx.spaces.update(change.space.id, sleep_seconds=sleep_seconds)
            change.tell(_sleep_words(sleep_seconds), sleep_seconds=sleep_seconds)


def set_sleep_time(services: Services, space: Space, caller: Caller, seconds: int | None) -> None:
    """
    Seconds without use after which the Space sleeps; -1 for never, None for the default of the hardware.

    Raises: BadRequest, and as ``require``.
    """
    check_runs(space, "sleep time")
    if seconds is not None:
        _check_sleep(seconds)
    with change_config(services, space, caller) as change:
        if seconds != change.space.sleep_seconds:
            change.tx.spaces.update(change.space.id, sleep_seconds=seconds)
            change.tell(_sleep_words(seconds), sleep_seconds=seconds)


def _check_quota(services: Services, change: ConfigChange, flavor: str) -> None:
    """
    Raises: BadRequest where what runs would take more than its owner may have, or this alone would.

    The release of the new hardware is let in beside what is live, be it frozen: only this looks at the memory.
    """
    space = change.space
    runs = space.desired is Desired.RUNNING and space.rest is not Rest.STOPPED
    check_hardware_quota(change.tx, services.settings, space.owner_id, flavor, space.id, runs)


def _check_sleep(seconds: int) -> None:
    if seconds != NEVER_SLEEPS and not 1 <= seconds <= MAX_SLEEP_SECONDS:
        raise BadRequest(f"the sleep time is -1 for never, or 1 to {MAX_SLEEP_SECONDS} seconds; given: {seconds}")


def _sleep_words(seconds: int | None) -> str:
    if seconds is None:
        return "sleep time of its hardware"
    return "never sleeps" if seconds == NEVER_SLEEPS else f"sleeps after {seconds} seconds"
