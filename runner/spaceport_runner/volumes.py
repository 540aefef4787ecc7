"""
The folders that Spaces see as /data, and the copies made of them.

Of each Space, below ``volumes/SPACE``, which only the runner may enter::

    data            what the app sees; belongs to its user
    snapshots/NAME  copies, one before the first start of each release; the newest few stay
    copies-bytes    what the copies took together when the newest was made
    prepared        the number of the newest release whose first start was prepared
    abandoned       is there once the Space is gone, see ``abandoned.py``
    .making         a copy that is not finished; .replaced: data whose place a copy took
    .old-NAME       what waits to be removed, see ``volume_leavings.py``
"""

import fcntl
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from spaceport_runner.contract import volume_path
from spaceport_runner.copy_time import TURN_SECONDS, Step
from spaceport_runner.tree_copy import CopyCancelled
from spaceport_runner.volume_leavings import set_aside

PREPARED_FILE = "prepared"
MAKING = ".making"
REPLACED = ".replaced"
#: Seconds between two looks at whether it is this preparation's turn.
_LOOK_SECONDS = 0.1
_SAFE_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$")


class VolumeError(Exception):
    """A volume cannot be had as it was asked for. Messages are plain words for people."""


def make_volume(data_dir: Path, space_id: str) -> Path:
    """The folder of a Space's volume, empty when it is new. Raises: VolumeError, OSError."""
    data = volume_path(data_dir, safe(space_id))
    data.parent.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    data.parent.mkdir(exist_ok=True, mode=0o700)
    if not replaced(data).exists():
        data.mkdir(exist_ok=True, mode=0o700)
    return data


def finish_interrupted(data: Path) -> None:
    """
    After a kill between any two steps: data is in its place, and leftovers are not.

    Data that gave way without the copy having come is put back; the release is not prepared then, and is once more.
    """
    if replaced(data).exists() and not data.exists():
        replaced(data).rename(data)
    data.mkdir(exist_ok=True, mode=0o700)
    for leftover in (data.parent / MAKING, replaced(data)):
        set_aside(leftover, data.parent)


def prepared(data: Path) -> int:
    """The number of the newest release whose first start was prepared, 0 for none."""
    try:
        return int((data.parent / PREPARED_FILE).read_text())
    except (FileNotFoundError, ValueError):
        return 0


def replaced(data: Path) -> Path:
    """Where data waits whose place a copy takes."""
    return data.with_name(REPLACED)


def safe(name: str) -> str:
    """A name that leads nowhere else. Raises: VolumeError."""
    if not _SAFE_NAME.match(name):
        raise VolumeError(f"{name[:100]!r} cannot be the name of a volume or a copy")
    return name


def replace_text(path: Path, text: str) -> None:
    """A file that is there in full or not at all. Raises: OSError."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text)
    fresh.replace(path)


@contextmanager
def locked(folder: Path, is_cancelled: Callable[[], bool], step: Step) -> Iterator[None]:
    """
    One preparation of a volume at a time; the lock ends with its process.

    Raises: CopyCancelled, VolumeError when the one before does not end.
    """
    handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _is_taken(handle):
            step("waiting for an earlier start to let go of /data", TURN_SECONDS)
            until = time.monotonic() + TURN_SECONDS
            while not _is_taken(handle):
                if is_cancelled():
                    raise CopyCancelled
                if time.monotonic() >= until:
                    raise VolumeError("an earlier start does not let go of /data: restart the Space later")
                time.sleep(_LOOK_SECONDS)
        yield
    finally:
        os.close(handle)


def _is_taken(lock: int) -> bool:
    """Whether it is ours now."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
