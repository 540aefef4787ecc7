"""What is left of copies and data that nobody needs: first out of the way, at once, then removed as time allows."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import structlog

from spaceport_runner.copy_time import QUICK_SECONDS, REMOVE_SECONDS, Step
from spaceport_runner.whole_trees import TooSlow, TreeError, remove_tree

log = structlog.get_logger()

#: Beginning of the names of what waits to be removed, in the folder of a Space's volume.
PREFIX = ".old-"
#: Seconds between two looks at whether somebody still waits.
_LOOK_SECONDS = 5.0


def set_aside(folder: Path, volume: Path) -> None:
    """From now on it is in nobody's way; one that is not there is fine. Raises: OSError."""
    with suppress(FileNotFoundError):
        folder.rename(volume / f"{PREFIX}{uuid4().hex[:12]}")


def clear(volume: Path, is_cancelled: Callable[[], bool], step: Step) -> None:
    """
    Remove what was set aside; what takes too long is left for the next time: no start fails because of it.

    ``step`` is told when it takes longer than a moment.
    """
    if not _cleared(volume, QUICK_SECONDS, is_cancelled):
        step("removing what is left of earlier copies of /data", REMOVE_SECONDS)
        _cleared(volume, REMOVE_SECONDS, is_cancelled)


def _cleared(volume: Path, seconds: float, is_cancelled: Callable[[], bool]) -> bool:
    """Whether nothing is left that more time could remove."""
    until = time.monotonic() + seconds
    for folder in volume.glob(f"{PREFIX}*"):
        is_done = False
        while not is_done:
            left = until - time.monotonic()
            if left <= 0 or is_cancelled():
                return False
            is_done = _is_removed(folder, min(left, _LOOK_SECONDS))
    return True


def _is_removed(folder: Path, seconds: float) -> bool:
    try:
        remove_tree(folder, seconds)
    except TooSlow:
        return False
    except TreeError as error:
        log.warning("leavings_not_removed", folder=str(folder), error=str(error))
    return True
