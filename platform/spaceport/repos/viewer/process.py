"""Asks a worker one question, within limits, and reads its answer without trusting it."""

import contextlib
import json
import os
import signal
import stat
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spaceport.errors import SpaceportError
from spaceport.repos.git_command import git_environment
from spaceport.repos.viewer.walls import Walls

#: Of one answer; a page of rows has three.
_MAX_ANSWER_BYTES = 32 * 1024**2
#: Of one file that a worker writes.
_MAX_FILE_BYTES = 8 * 1024**3


class UnreadableData(SpaceportError):
    """The data cannot be shown; the message says why, ``cause`` names what went wrong inside."""

    def __init__(self, message: str, cause: str = "DataError") -> None:
        super().__init__(message)
        self.cause = cause


class BadQuestion(SpaceportError):
    """The question does not fit the table."""


@dataclass(frozen=True)
class Limits:
    """Of one question."""

    memory_bytes: int
    seconds: int


class Workers:
    """Worker processes, one for each question. Call from threads that may wait."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._is_closed = False

    def ask(
        self, question: Mapping[str, Any], readable: Sequence[Path], writable: Sequence[Path], scratch: Path
    ) -> dict[str, Any]:
        """
        ``scratch`` is an empty folder for this question alone; the worker may write there, too.

        Raises: UnreadableData, BadQuestion.
        """
        limits = {
            "memory_bytes": self._limits.memory_bytes,
            "cpu_seconds": self._limits.seconds * 2,
            "file_bytes": _MAX_FILE_BYTES,
        }
        asked = {**question, **limits, "scratch": str(scratch), "answer": str(scratch / "answer.json")}
        command = Walls.look().command(readable, [*writable, scratch])
        self._run(command, json.dumps(asked).encode())
        return _read_answer(scratch / "answer.json")

    def close(self) -> None:
        """Ends all of them, and refuses new ones."""
        with self._lock:
            self._is_closed = True
            for process in self._running:
                _kill(process)

    def _run(self, command: list[str], question: bytes) -> None:
        with self._lock:
            if self._is_closed:
                raise UnreadableData("the hub is stopping", "Stopping")
            process = subprocess.Popen(
                command,
                env=git_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            self._running.add(process)
        try:
            process.communicate(question, timeout=self._limits.seconds)
        except subprocess.TimeoutExpired as error:
            raise UnreadableData(
                f"reading this took longer than {self._limits.seconds} seconds", "TimeoutError"
            ) from error
        finally:
            _kill(process)
            process.wait()
            # Open still where the process was ended before it had read the question.
            if process.stdin is not None:
                with contextlib.suppress(OSError):
                    process.stdin.close()
            with self._lock:
                self._running.discard(process)
        if process.returncode != 0:
            # Ended by its own limits (memory that the library asked for in vain ends it, too), or by what it read.
            raise UnreadableData("reading this took more memory or time than the viewer has", "WorkerEnded")


def open_plain(path: Path) -> int:
    """
    A descriptor of a file that a worker made. Raises: OSError for a link and anything else that is no plain file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path.name} is no file")
    return descriptor


def _read_answer(path: Path) -> dict[str, Any]:
    try:
        with os.fdopen(open_plain(path), "rb") as file:
            content = file.read(_MAX_ANSWER_BYTES + 1)
        if len(content) > _MAX_ANSWER_BYTES:
            raise UnreadableData("the answer is too large to be shown", "AnswerTooLarge")
        answer = json.loads(content)
    except (OSError, ValueError, RecursionError) as error:
        raise UnreadableData("the worker gave no answer", "WorkerEnded") from error
    if "answer" in answer:
        found: dict[str, Any] = answer["answer"]
        return found
    if answer.get("kind") == "query":
        raise BadQuestion(str(answer["problem"]))
    raise UnreadableData(str(answer["problem"]), str(answer.get("cause", "DataError")))


def _kill(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
