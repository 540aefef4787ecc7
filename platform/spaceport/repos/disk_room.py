"""
Whether there is room for what somebody sends: on the hub's disk, and of what one user may leave uncommitted.

What clients announce may be left out or wrong, and ten may send at once: so the disk is looked at again while bytes
come in.
"""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from spaceport.errors import AccessDenied, NoRoom
from spaceport.services import Services
from spaceport.settings import Settings

#: The disk is looked at each time so many bytes came.
_LOOK_BYTES = 8 * 1024**2
#: Of a small disk less is kept free: one part in so many.
_PARTS_OF_DISK = 20
_GIB = 1024**3


def free_bytes(settings: Settings, folder: Path) -> int:
    """What may be taken of the disk that a folder is on; below zero where it is too full already."""
    usage = shutil.disk_usage(folder)
    return usage.free - min(settings.disk_reserve_bytes, usage.total // _PARTS_OF_DISK)


def check_room(settings: Settings, folder: Path, more_bytes: int = 0) -> None:
    """Raises: NoRoom."""
    if free_bytes(settings, folder) < more_bytes:
        raise NoRoom("the hub's disk has no room for this: ask the admin")


async def with_room(settings: Settings, folder: Path, source: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes, as long as there is room for them in a folder. Raises: NoRoom."""
    check_room(settings, folder)
    waiting = 0
    async for chunk in source:
        waiting += len(chunk)
        if waiting >= _LOOK_BYTES:
            check_room(settings, folder, waiting)
            waiting = 0
        yield chunk


def uncommitted_room(services: Services, user_id: str, in_parts_bytes: int = 0) -> int:
    """
    How many bytes a user may still send before a branch names some of those that came: large files (those in pull
    requests too), xorbs of which nothing was made yet, and uploads in parts that are not over.
    """
    limit = services.settings.max_uncommitted_bytes_per_user
    if not limit:
        return 2**63
    with services.database.read() as tx:
        return limit - tx.blobs.uncommitted_bytes_of(user_id) - tx.xorbs.bytes_sent_by(user_id) - in_parts_bytes


def check_uncommitted(services: Services, user_id: str, more_bytes: int, in_parts_bytes: int = 0) -> None:
    """Who sends nothing new may always do so. Raises: AccessDenied."""
    if more_bytes > 0 and more_bytes > uncommitted_room(services, user_id, in_parts_bytes):
        raise AccessDenied(describe_limit(services.settings.max_uncommitted_bytes_per_user))


def describe_limit(limit_bytes: int) -> str:
    return (
        f"with this you would have more than {limit_bytes / _GIB:.1f} GiB on this hub that no branch names: commit what"
        " you sent, have your pull requests merged, or wait until what no commit names is removed, a day after it came"
    )
