"""The log of one build: kept on disk, its last lines at hand for the report."""

import time
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import structlog

from spaceport_runner.contract import BuildRequest, InstanceSpec, build_log_path
from spaceport_runner.log_file import CappedLog, now_timestamp, remove_log
from spaceport_runner.masking import Mask
from spaceport_runner.settings import RunnerSettings

#: Lines of a log that a report carries.
TAIL_LINES = 80

log = structlog.get_logger()


class BuildLog:
    """
    Takes lines of a build. A disk that is full costs the lines on disk, never the build or its report.

    The first attempt begins the log anew; a later one keeps what an attempt that was lost has written.
    """

    def __init__(self, settings: RunnerSettings, request: BuildRequest) -> None:
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._mask = Mask()
        self._file = _open(build_log_path(settings.data_dir, request.build_id), settings.log_limit_bytes, request)
        if request.attempt > 1:
            self.write(f"[Spaceport] attempt {request.attempt}: the one before was lost with its worker, starting over")
        self.write(f"===== Build Queued at {_now_in_words()} / Commit SHA: {request.sha[:7]} =====")

    def hide(self, values: Iterable[str]) -> None:
        """From now on these are in no line, neither on disk nor in a report."""
        self._mask = Mask(values)

    def write(self, text: str) -> None:
        """Append one line, without its newline."""
        text = self._mask.line(text)
        self._tail.append(text)
        if self._file is None:
            return
        try:
            self._file.write(now_timestamp(), text)
        except OSError as error:
            log.error("build_log_not_written", error=str(error))
            self.close()

    def tail(self) -> tuple[str, ...]:
        return tuple(self._tail)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> "BuildLog":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def run_log_header(spec: InstanceSpec) -> str:
    """The first line of the log of an instance, in the words of the Hub, with the release and its restarts."""
    parts = [f"Application Startup at {_now_in_words()}"]
    if spec.release_number:
        parts.append(f"Release {spec.release_number}")
    if spec.restart:
        parts.append(f"Restart {spec.restart}")
    return f"===== {' / '.join(parts)} ====="


def _open(path: Path, limit_bytes: int, request: BuildRequest) -> CappedLog | None:
    try:
        if request.attempt == 1:
            remove_log(path)
        return CappedLog(path, limit_bytes)
    except OSError as error:
        log.error("build_log_not_opened", build_id=request.build_id, error=str(error))
        return None


def _now_in_words() -> str:
    return datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%d %H:%M:%S")
