"""Copies the output of containers into the logs of their instances, one thread each."""

import contextlib
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from docker.errors import APIError, NotFound
from urllib3.exceptions import HTTPError

from spaceport_runner.engines.docker_connection import DockerConnection, docker_errors
from spaceport_runner.engines.engine import EngineUnavailable
from spaceport_runner.log_file import CappedLog, now_timestamp
from spaceport_runner.masking import Mask
from spaceport_runner.output_log import HELD_LINE_BYTES
from spaceport_runner.run_log import RunLog
from spaceport_runner.sealing import SealBroken

#: Seconds before a stream that broke (a restarted Docker Engine) is opened again.
RETRY_SECONDS = 1.0
#: Seconds until the newest lines of a flood are written.
SETTLE_SECONDS = 1.0
#: Seconds a follower has to end after its stream was closed.
STOP_PATIENCE_SECONDS = 5.0
_NANOSECONDS = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z$")

log = structlog.get_logger()


class DockerLogs:
    """
    The followers of one engine object. ``follow`` may be called often: an instance has one follower.

    ``mask_of`` gives what hides the secrets of an instance; where it cannot (SealBroken), no output is kept.
    """

    def __init__(self, connection: DockerConnection, limit_bytes: int, mask_of: Callable[[str], Mask]) -> None:
        self._connection = connection
        self._limit_bytes = limit_bytes
        self._mask_of = mask_of
        self._lock = threading.Lock()
        self._followers: dict[str, _Follower] = {}
        self._closed = False

    def follow(self, instance_id: str, container_name: str, log_path: Path) -> None:
        with self._lock:
            known = self._followers.get(instance_id)
            if self._closed or (known is not None and known.is_at_work_or_done):
                return
            follower = _Follower(
                self._connection, container_name, log_path, self._limit_bytes, lambda: self._mask_of(instance_id)
            )
            self._followers[instance_id] = follower
            follower.start()

    def wait_until_drained(self, instance_id: str, timeout_seconds: float) -> None:
        """Wait until the output of a container that ended is in its log, for at most that long."""
        with self._lock:
            follower = self._followers.get(instance_id)
        if follower is not None:
            follower.join(timeout_seconds)

    def forget(self, instance_id: str) -> None:
        """End the follower of an instance that is removed."""
        with self._lock:
            follower = self._followers.pop(instance_id, None)
        if follower is not None:
            follower.stop()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            followers = list(self._followers.values())
            self._followers.clear()
        for follower in followers:
            follower.stop()


class _Follower:
    def __init__(
        self,
        connection: DockerConnection,
        container: str,
        log_path: Path,
        limit_bytes: int,
        mask: Callable[[], Mask],
    ) -> None:
        self._connection = connection
        self._container = container
        self._log_path = log_path
        self._limit_bytes = limit_bytes
        self._mask = mask
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._stream: Any = None
        self._is_done = False
        self._thread = threading.Thread(target=self._run, name=f"logs-{container}", daemon=True)

    @property
    def is_at_work_or_done(self) -> bool:
        return self._thread.is_alive() or self._is_done

    def start(self) -> None:
        self._thread.start()

    def join(self, timeout_seconds: float) -> None:
        self._thread.join(timeout_seconds)

    def stop(self) -> None:
        """End the thread; closing the stream is what wakes it."""
        with self._lock:
            self._stopping.set()
            if self._stream is not None:
                _wake(self._stream)
        self._thread.join(STOP_PATIENCE_SECONDS)

    def _run(self) -> None:
        try:
            target = _Target(self._log_path, self._limit_bytes, self._mask())
            try:
                while not self._stopping.is_set() and not self._copy_to_the_end(target):
                    self._stopping.wait(RETRY_SECONDS)
            finally:
                target.close(is_over=self._is_done)
        except SealBroken as error:
            self._say_that_nothing_is_kept(error)
        except Exception as error:
            # A thread ends here; the agent asks for a new one at its next look.
            log.warning("log_follower_ended", container=self._container, error=str(error), exc_info=True)

    def _say_that_nothing_is_kept(self, reason: SealBroken) -> None:
        with CappedLog(self._log_path, self._limit_bytes) as target:
            target.write(now_timestamp(), f"[Spaceport] the output of this app is not kept: {reason}")
        self._is_done = True

    def _copy_to_the_end(self, target: "_Target") -> bool:
        """Copy until the container has ended; False when the stream broke before."""
        resume = Resume.after(target.last_written())
        try:
            if not self._open_stream(resume):
                return True
            for timestamp, text in lines_of(self._stream):
                if resume.is_new(timestamp):
                    target.write(timestamp, text)
            self._is_done = self._has_ended()
        except NotFound:
            return True
        except (EngineUnavailable, APIError, HTTPError, OSError, ValueError, struct.error) as error:
            log.debug("log_stream_broke", container=self._container, error=str(error))
            return False
        finally:
            with self._lock:
                if self._stream is not None:
                    self._stream._response.close()
                    self._stream = None
        return self._is_done

    def _open_stream(self, resume: "Resume") -> bool:
        """Open the stream, unless ``stop`` came first."""
        with docker_errors():
            stream = self._connection.client.api.logs(
                self._container, stream=True, follow=True, timestamps=True, since=resume.since_seconds
            )
        with self._lock:
            if self._stopping.is_set():
                stream._response.close()
                return False
            self._stream = stream
        return True

    def _has_ended(self) -> bool:
        with docker_errors():
            state = self._connection.client.api.inspect_container(self._container)["State"]
        return state["Status"] in ("exited", "dead")


class _Target:
    """The log that a follower writes to; what a flood leaves waiting is written a moment later by a timer."""

    def __init__(self, log_path: Path, limit_bytes: int, mask: Mask) -> None:
        self._log = RunLog(log_path, limit_bytes, mask)
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def write(self, timestamp: str, text: str) -> None:
        with self._lock:
            self._log.write(timestamp, text)
            if self._log.is_waiting and self._timer is None:
                self._timer = threading.Timer(SETTLE_SECONDS, self._settle)
                self._timer.daemon = True
                self._timer.start()

    def last_written(self) -> tuple[str, int] | None:
        with self._lock:
            return self._log.last_written()

    def close(self, is_over: bool) -> None:
        """An app that is over gets its last lines written; what waits of another is read again later."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            if is_over:
                self._log.settle()
            self._log.close()
            self._timer = None

    def _settle(self) -> None:
        with self._lock, contextlib.suppress(OSError):
            if self._timer is threading.current_thread():
                self._timer = None
                self._log.settle()


@dataclass
class Resume:
    """
    Where to go on in the output of a container: the log has ``skip`` lines of the millisecond ``timestamp`` already.

    Docker gives everything from that millisecond on, in order, so that many lines of it are known.
    """

    timestamp: str | None = None
    skip: int = 0

    @classmethod
    def after(cls, last: tuple[str, int] | None) -> "Resume":
        return cls() if last is None else cls(*last)

    @property
    def since_seconds(self) -> float | None:
        """Seconds since the epoch, None for the beginning."""
        if self.timestamp is None:
            return None
        moment = datetime.strptime(self.timestamp, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        # A millisecond early, whatever a float makes of the number: lines before the known ones are left out anyway.
        return moment.timestamp() - 0.001

    def is_new(self, timestamp: str) -> bool:
        if self.timestamp is None or timestamp > self.timestamp:
            return True
        if timestamp == self.timestamp and self.skip > 0:
            self.skip -= 1
            return False
        return timestamp == self.timestamp


def lines_of(frames: Iterator[bytes]) -> Iterator[tuple[str, str]]:
    """
    Lines with their times (milliseconds) from the frames of a log stream.

    A frame is ``<time> <text>``; Docker cuts lines after 16 KiB into frames without a newline, which are put together
    again up to more than the longest line that a log keeps.
    """
    time_of_line = ""
    pieces: list[bytes] = []
    size = 0
    for frame in frames:
        stamp, _, text = frame.partition(b" ")
        if not pieces:
            time_of_line = milliseconds(stamp.decode(errors="replace"))
        if size <= HELD_LINE_BYTES:
            pieces.append(text)
            size += len(text)
        if text.endswith(b"\n"):
            yield time_of_line, _text(pieces)
            pieces, size = [], 0
    if pieces:
        yield time_of_line, _text(pieces)


def _wake(stream: Any) -> None:
    """
    End a stream that another thread waits on.

    Only the socket is shut down: the reading thread sees the end and closes. docker-py's own ``close`` closes under its
    feet, which ends in an AttributeError there and a socket that nobody closes.
    """
    with contextlib.suppress(AttributeError, OSError):
        stream._response.raw._fp.fp.raw._sock.shutdown(socket.SHUT_RDWR)


def milliseconds(timestamp: str) -> str:
    """Docker's time with nanoseconds as a log line has it."""
    match = _NANOSECONDS.match(timestamp)
    if match is None:
        raise ValueError(f"not a time: {timestamp[:40]!r}")
    return f"{match[1]}.{(match[2] or '').ljust(3, '0')[:3]}Z"


def _text(pieces: list[bytes]) -> str:
    """The text of a line; of what a progress bar wrote over itself only the last state is kept."""
    line = b"".join(pieces).removesuffix(b"\n").rstrip(b"\r")
    return line.rpartition(b"\r")[2].decode(errors="replace")
