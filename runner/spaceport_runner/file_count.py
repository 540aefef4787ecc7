"""Counts what is in folders, bytes and files, while somebody may write to them, and for a limited time."""

import os
import select
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

#: What ``find`` calls a block, whatever the file system does.
BLOCK_BYTES = 512
READ_BYTES = 64 * 1024
#: Seconds between two looks at whether the count is still wanted.
LOOK_SECONDS = 0.2
#: Seconds that the program has to end once it has told all.
END_SECONDS = 10
#: Disk space, names and number of a file: all that is asked for, and nothing that a hostile name could break.
_FORMAT = "%b %n %i\n"
_ONE_NAME = b"1"


@dataclass(frozen=True)
class Count:
    """
    Disk space, and how many files and folders have it. One with several names counts once, a hole takes no space.

    Where it is not complete, at least so much is there.
    """

    used_bytes: int = 0
    files: int = 0
    is_complete: bool = True


def count_files(
    folder: Path, seconds: float, most_files: int | None = None, is_cancelled: Callable[[], bool] = lambda: False
) -> Count:
    """
    Of a folder, itself included, and of no other file system below it.

    Ends incomplete when the time is over, it is called off, or there are more than ``most_files``. Files that vanish
    meanwhile do not matter.

    Raises: OSError when the folder cannot be looked at.

    Source: find(1), -printf.
    """
    os.stat(folder)
    until = time.monotonic() + seconds
    command = ["find", str(folder.absolute()), "-xdev", "-ignore_readdir_race", "-printf", _FORMAT]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PATH": os.defpath, "LC_ALL": "C"},
    )
    try:
        assert process.stdout is not None
        counter = _Counter()
        for piece in _pieces(process.stdout.fileno(), lambda: is_cancelled() or time.monotonic() >= until):
            if piece is None:
                return counter.count(is_complete=False)
            counter.take(piece)
            if most_files is not None and counter.files > most_files:
                return counter.count(is_complete=False)
        # Killed (the machine may be short of memory) is not done; where it could not look somewhere, it ends with 1.
        return counter.count(is_complete=process.wait(END_SECONDS) >= 0)
    finally:
        process.kill()
        process.communicate()


class _Counter:
    def __init__(self) -> None:
        self._blocks = 0
        self._rest = b""
        #: Numbers of files with several names. A folder is among them, too: it has one name for each folder in it.
        self._seen: set[bytes] = set()
        self.files = 0

    def take(self, piece: bytes) -> None:
        whole, newline, self._rest = (self._rest + piece).rpartition(b"\n")
        numbers = whole.split() if newline else []
        for blocks, names, inode in zip(numbers[0::3], numbers[1::3], numbers[2::3], strict=True):
            if names != _ONE_NAME:
                if inode in self._seen:
                    continue
                self._seen.add(inode)
            self._blocks += int(blocks)
            self.files += 1

    def count(self, is_complete: bool) -> Count:
        return Count(self._blocks * BLOCK_BYTES, self.files, is_complete)


def _pieces(handle: int, is_over: Callable[[], bool]) -> Iterator[bytes | None]:
    """What can be read, to its end; None, last of all, when it is over before."""
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    while not is_over():
        if poll.poll(LOOK_SECONDS * 1000):
            piece = os.read(handle, READ_BYTES)
            if not piece:
                return
            yield piece
    yield None
