"""
Volumes of Spaces that are gone: they stay for a week, as repos do in the trash of the hub.

A database that was lost or swapped must not take people's files with it: once it is put right, they are where they
were. Where the disk gets full, they go sooner.
"""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

ABANDONED_SECONDS = 7 * 86_400.0
#: In the folder of a Space's volume: as old as the Space has been gone.
ABANDONED_FILE = "abandoned"


def abandoned(
    volumes: Path, gone: Iterable[str], there: Iterable[str], after_seconds: float = ABANDONED_SECONDS
) -> Iterator[Path]:
    """
    Folders of volumes whose Spaces have been ``gone`` for that long; marks those that are new among them, and takes
    the marks off those that are ``there`` again.

    Raises: OSError.
    """
    for space_id in there:
        (volumes / space_id / ABANDONED_FILE).unlink(missing_ok=True)
    for space_id in gone:
        mark = volumes / space_id / ABANDONED_FILE
        if not mark.exists():
            mark.touch()
        elif time.time() - mark.stat().st_mtime >= after_seconds:
            yield volumes / space_id
