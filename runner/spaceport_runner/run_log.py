"""
The log of one instance: without secrets, and with an upper rate.

Standard library only: it also runs inside the process that watches a sandboxed instance.
"""

from collections import deque
from pathlib import Path

from spaceport_runner.log_file import CappedLog
from spaceport_runner.masking import Mask

#: What is kept of one second of output, by the time of its lines.
LINES_A_SECOND = 2_000
BYTES_A_SECOND = 2 * 1024**2
#: The newest lines beyond that are kept too: they tell how a crash went.
NEWEST_LINES = 100
#: Characters of a timestamp that name its second.
_SECOND = len("2026-01-31T12:00:00")


class RunLog:
    """
    Takes lines with their times; of a flood it keeps the beginning of each second and its newest lines, and says how
    much is missing in between.

    The newest lines of a flood wait until a line of another second comes or ``settle`` is called: who writes calls it
    about a second after ``is_waiting``, and when the app has ended. One writer at a time; not for several threads.
    """

    def __init__(self, path: Path, limit_bytes: int, mask: Mask) -> None:
        self._file = CappedLog(path, limit_bytes)
        self._mask = mask
        self._second = ""
        self._lines = self._bytes = 0
        self._newest: deque[tuple[str, str]] = deque()
        self._lost_lines = self._lost_bytes = 0

    @property
    def is_waiting(self) -> bool:
        """Whether there are lines that ``settle`` would write."""
        return bool(self._newest)

    def write(self, timestamp: str, text: str) -> None:
        """One line, as CappedLog takes it."""
        if timestamp[:_SECOND] != self._second:
            self.settle()
            self._second = timestamp[:_SECOND]
            self._lines = self._bytes = 0
        if self._lines < LINES_A_SECOND and self._bytes < BYTES_A_SECOND:
            self._lines += 1
            self._bytes += len(text)
            self._file.write(timestamp, self._mask.line(text))
            return
        self._newest.append((timestamp, text))
        if len(self._newest) > NEWEST_LINES:
            _, lost = self._newest.popleft()
            self._lost_lines += 1
            self._lost_bytes += len(lost)

    def settle(self) -> None:
        """Write what waits, and before it how many lines were left out."""
        newest, self._newest = self._newest, deque()
        if self._lost_lines and newest:
            self._file.write(newest[0][0], self._lost_text())
            self._lost_lines = self._lost_bytes = 0
        for timestamp, text in newest:
            self._file.write(timestamp, self._mask.line(text))

    def last_written(self) -> tuple[str, int] | None:
        """As CappedLog's; lines that wait are not written."""
        return self._file.last_written()

    def close(self) -> None:
        """Without ``settle``: who goes on later reads again what waited."""
        self._file.close()

    def _lost_text(self) -> str:
        return (
            f"[Spaceport] {self._lost_lines} lines ({self._lost_bytes} characters) were left out here: "
            f"a log takes {LINES_A_SECOND} lines and {BYTES_A_SECOND // 1024**2} MiB a second"
        )
