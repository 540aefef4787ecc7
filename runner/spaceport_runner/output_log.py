"""What an app prints, on its way into its log. Standard library only: it runs in the shim of an instance."""

from pathlib import Path

from spaceport_runner.log_file import now_timestamp
from spaceport_runner.masking import CUT_LINE_CHARACTERS, Mask
from spaceport_runner.run_log import RunLog

#: Bytes of a line without an end that are held; the log keeps less of it and says so.
HELD_LINE_BYTES = 4 * CUT_LINE_CHARACTERS


class OutputLog:
    """The app's output as lines with times, without secrets. A full disk costs lines, never the app."""

    def __init__(self, path: Path, limit_bytes: int, mask: Mask) -> None:
        self._file = RunLog(path, limit_bytes, mask)
        self._rest = b""
        self._skipping = False
        self._unwritten_lines = 0

    def feed(self, chunk: bytes) -> None:
        # Progress bars go back to the start of their line instead of beginning a new one.
        lines = (self._rest + chunk.replace(b"\r", b"\n")).split(b"\n")
        self._rest = lines.pop()
        timestamp = now_timestamp()
        for line in lines:
            if self._skipping:
                self._skipping = False
            elif line:
                self._write(timestamp, line)
        if len(self._rest) > HELD_LINE_BYTES:
            if not self._skipping:
                self._write(timestamp, self._rest)
            self._skipping, self._rest = True, b""

    def settle(self) -> None:
        """To be called now and then: the newest lines of a flood wait for it."""
        try:
            self._file.settle()
        except OSError:
            self._unwritten_lines += 1

    def close(self) -> None:
        if self._rest and not self._skipping:
            self._write(now_timestamp(), self._rest)
        self.settle()
        self._file.close()

    def _write(self, timestamp: str, line: bytes) -> None:
        try:
            if self._unwritten_lines:
                lost = f"[Spaceport] {self._unwritten_lines} lines could not be written: the disk was full"
                self._file.write(timestamp, lost)
                self._unwritten_lines = 0
            self._file.write(timestamp, line.decode(errors="replace"))
        except OSError:
            self._unwritten_lines += 1
