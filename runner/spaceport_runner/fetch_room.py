"""
What fetches in progress may still take of the disk of a machine: each is promised all that it is to write, so that
several at once do not take the same free bytes.

Others write too (apps, builds): so the disk is looked at again while bytes come in.
"""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from spaceport_runner.reasons import bytes_in_words

#: The disk is looked at each time that a fetch wrote so many bytes.
LOOK_BYTES = 64 * 1024**2


class NoRoom(Exception):
    """The disk does not take what is to be fetched. The message says how much that is, and how much it would take."""


def room_bytes(free_bytes: int, promised_bytes: int, reserve_bytes: int) -> int:
    """What one more fetch may write: the reserve stays free when all that was promised to others is written."""
    return max(0, free_bytes - promised_bytes - reserve_bytes)


def free_bytes_of(folder: Path) -> int:
    """Of the disk that a folder is on. Raises: OSError."""
    return shutil.disk_usage(folder).free


class FetchRoom:
    """The disk that a folder is on. One object for each process; may be used from several threads."""

    def __init__(self, folder: Path, reserve_bytes: int, free_bytes: Callable[[Path], int] = free_bytes_of) -> None:
        self._folder = folder
        self._reserve_bytes = reserve_bytes
        self._free_bytes = free_bytes
        #: Held while it is decided who gets what, so that two never look at the same free bytes.
        self._lock = threading.Lock()
        self._promises: set[Promise] = set()

    @contextmanager
    def promised(self, size_bytes: int) -> Iterator["Promise"]:
        """Room for so many bytes, as long as they are fetched. Raises: NoRoom, OSError."""
        promise = Promise(self, size_bytes)
        with self._lock:
            self._look(promise)
            self._promises.add(promise)
        try:
            yield promise
        finally:
            with self._lock:
                self._promises.remove(promise)

    def settle(self, promise: "Promise", left_bytes: int, look: bool = False) -> None:
        """So much of a promise is not written yet. Raises: NoRoom and OSError, where it is looked at the disk."""
        with self._lock:
            promise.left_bytes = max(0, left_bytes)
            if look:
                self._look(promise)

    def _look(self, promise: "Promise") -> None:
        others_bytes = sum(each.left_bytes for each in self._promises if each is not promise)
        room = room_bytes(self._free_bytes(self._folder), others_bytes, self._reserve_bytes)
        if promise.left_bytes > room:
            raise NoRoom(
                f"{bytes_in_words(promise.left_bytes)} are to be fetched, {bytes_in_words(room)} are free for that"
            )


class Promise:
    """What one fetch may write. ``left_bytes`` of it are not written yet. For one thread."""

    def __init__(self, room: FetchRoom, size_bytes: int) -> None:
        self._room = room
        self._unseen_bytes = 0
        self.left_bytes = size_bytes

    def wrote(self, size_bytes: int) -> None:
        """Told after each piece. Raises: NoRoom and OSError, when it is time to look at the disk."""
        self._unseen_bytes += size_bytes
        look = self._unseen_bytes >= LOOK_BYTES
        if look:
            self._unseen_bytes = 0
        self._room.settle(self, self.left_bytes - size_bytes, look)

    @contextmanager
    def one_file(self) -> Iterator[None]:
        """What was written of a file that does not come whole is to be written again."""
        left_bytes = self.left_bytes
        try:
            yield
        except BaseException:
            self._room.settle(self, left_bytes)
            raise
