"""The worker processes of a runner: started, watched, started again when they die, stopped with it."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass

import structlog
from pydantic import TypeAdapter

from spaceport_runner.settings import RunnerSettings
from spaceport_runner.worker import WorkerHandover

#: Seconds until a worker that died is started again: doubled each time it does not live long, up to the longest.
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 15.0
#: A worker that lived so many seconds was fine; its death does not count towards a longer pause.
STEADY_AFTER_SECONDS = 30.0
#: Seconds that workers have to end when asked to, before they are killed.
STOP_PATIENCE_SECONDS = 5.0

log = structlog.get_logger()


@dataclass
class _Seat:
    """A place for one worker process, with its number from 1. Times are of the monotonic clock."""

    number: int
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    pause_seconds: float = FIRST_PAUSE_SECONDS


class Builders:
    """
    Keeps ``settings.builders`` workers alive.

    To be used from the process's main thread only: the kernel ends a worker with the *thread* that started it.
    """

    def __init__(self, settings: RunnerSettings) -> None:
        self._settings = settings
        self._seats = [_Seat(number) for number in range(1, settings.builders + 1)]

    def tend(self) -> None:
        """Take note of workers that ended and start those that are due. Never waits."""
        for seat in self._seats:
            if seat.process is not None and seat.process.poll() is not None:
                self._note_end(seat, seat.process.returncode)
            if seat.process is None and time.monotonic() >= seat.start_at:
                seat.process = self._start(seat.number)
                seat.started_at = time.monotonic()

    def pids(self) -> list[int]:
        """Process ids of the workers that run now."""
        return [seat.process.pid for seat in self._seats if seat.process is not None]

    def stop(self) -> None:
        """End all workers; builds they are at are abandoned. Takes at most STOP_PATIENCE_SECONDS and a moment."""
        running = [seat.process for seat in self._seats if seat.process is not None]
        for process in running:
            process.terminate()
        until = time.monotonic() + STOP_PATIENCE_SECONDS
        for process in running:
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(STOP_PATIENCE_SECONDS)

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        handover = WorkerHandover(self._settings, os.getpid(), number)
        # A session of its own: Ctrl-C reaches the runner, which then decides.
        process = subprocess.Popen(
            [sys.executable, "-m", "spaceport_runner.worker"], stdin=subprocess.PIPE, start_new_session=True
        )
        assert process.stdin is not None
        try:
            with process.stdin as stdin:
                stdin.write(TypeAdapter(WorkerHandover).dump_json(handover))
        except BrokenPipeError:
            log.warning("worker_ended_at_once", pid=process.pid)
        return process

    def _note_end(self, seat: _Seat, exit_code: int) -> None:
        lived_seconds = time.monotonic() - seat.started_at
        if lived_seconds >= STEADY_AFTER_SECONDS:
            seat.pause_seconds = FIRST_PAUSE_SECONDS
        log.warning("worker_ended", exit_code=exit_code, starts_again_in_seconds=seat.pause_seconds)
        seat.process = None
        seat.start_at = time.monotonic() + seat.pause_seconds
        seat.pause_seconds = min(LONGEST_PAUSE_SECONDS, seat.pause_seconds * 2)
