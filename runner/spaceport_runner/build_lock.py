"""One build of a name at a time, over all worker processes of a machine."""

import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

#: Seconds between two tries. Trying, instead of waiting in the kernel, lets a cancelled build leave at once.
RETRY_SECONDS = 0.2


@contextmanager
def build_lock(folder: Path, name: str, log: Callable[[str], None]) -> Iterator[None]:
    """
    Hold the lock of ``name`` meanwhile; a build that has to wait says so in its log.

    The kernel gives the lock back when its process dies, however it dies.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{hashlib.sha256(name.encode()).hexdigest()[:32]}.lock"
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        if not _taken(file):
            log("[Spaceport] waiting for another build of the same dependencies")
            while not _taken(file):
                time.sleep(RETRY_SECONDS)
        yield
    finally:
        os.close(file)


def _taken(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
