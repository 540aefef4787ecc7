"""When a Space goes to sleep by itself: pure, for the controller, the API and the pages alike."""

from datetime import datetime, timedelta

from spaceport.domain.flavors import Flavors
from spaceport.domain.space import Desired, Space
from spaceport.domain.stage import SERVING


def sleep_seconds_of(space: Space, flavors: Flavors) -> int | None:
    """Seconds without use until sleep: what the Space asks for, else what its hardware has. None is never."""
    return None if space.sdk == "static" else flavors.sleep_seconds(space.hardware, space.sleep_seconds)


def last_use_of(space: Space) -> datetime:
    """When somebody needed it last: a visitor, or who had it started or woken."""
    moments = (space.last_use_at, space.rest_since if not space.is_asleep else None)
    return max((moment for moment in moments if moment is not None), default=space.stage_since or space.created_at)


def sleeps_at(space: Space, flavors: Flavors) -> datetime | None:
    """
    When it goes to sleep unless somebody uses it before; None when it will not, or is not up.

    The moment may be past: then something is under way (a request, a stream, a build) that keeps it awake.
    """
    seconds = sleep_seconds_of(space, flavors)
    if seconds is None or space.desired is not Desired.RUNNING or space.is_asleep or space.stage not in SERVING:
        return None
    return last_use_of(space) + timedelta(seconds=seconds)


def deeper_words(space: Space, why: str) -> str:
    """Why it sleeps, once it is stopped after having been frozen only."""
    return f"{space.rest_reason or 'nobody used it'}; {why}"
