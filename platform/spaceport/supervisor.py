"""``spaceport up``: all processes of one machine, started in order, restarted when they die, ended together."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import structlog

log = structlog.get_logger()

_LONGEST_BACKOFF_SECONDS = 10.0
#: A process that ran this long starts again without waiting.
_STEADY_SECONDS = 10.0
_LOG_ROTATION_BYTES = 10 * 1024**2


@dataclass
class Child:
    """One supervised process. ``stop_seconds`` is how long it may take to end after SIGTERM."""

    name: str
    command: Sequence[str]
    stop_seconds: float = 10.0
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    started_at: float = field(default=0.0, init=False)
    failures: int = field(default=0, init=False)
    start_again_at: float = field(default=0.0, init=False)


class Supervisor:
    """
    Children run in sessions of their own: Ctrl-C reaches the supervisor alone, which ends them in order.

    When the supervisor itself is killed they go on serving; the next one ends them by the list in ``processes_file``
    (pids with their start times, so that a pid used again is left alone) and starts its own.
    """

    def __init__(self, children: Sequence[Child], folder: Path, environment: dict[str, str]) -> None:
        self._children = list(children)
        self._environment = environment
        self._log_folder = folder / "logs" / "processes"
        self._processes_file = folder / "processes.json"

    def end_leftovers(self) -> list[str]:
        """Kill what a killed supervisor left; returns their names."""
        if not self._processes_file.exists():
            return []
        ended = []
        for name, (pid, created_at) in json.loads(self._processes_file.read_text()).items():
            try:
                process = psutil.Process(pid)
                if process.create_time() == created_at:
                    process.kill()
                    process.wait(timeout=10)
                    ended.append(name)
            except psutil.NoSuchProcess:
                continue
        self._processes_file.unlink(missing_ok=True)
        return ended

    def start(self, name: str) -> None:
        self._spawn(self._child(name))

    def watch(self, should_stop: Callable[[], bool], poll_seconds: float = 0.2) -> None:
        """Restart what dies, until told to stop."""
        while not should_stop():
            for child in self._children:
                if child.process is not None and child.process.poll() is not None:
                    self._bring_back(child)
            time.sleep(poll_seconds)

    def stop(self, order: Sequence[str]) -> None:
        """End all, one after the other: first who would miss the others."""
        for name in order:
            child = self._child(name)
            if child.process is None or child.process.poll() is not None:
                continue
            child.process.send_signal(signal.SIGTERM)
            try:
                child.process.wait(timeout=child.stop_seconds)
            except subprocess.TimeoutExpired:
                log.warning("killed after its time to stop", name=name)
                child.process.kill()
                child.process.wait(timeout=10)
        self._processes_file.unlink(missing_ok=True)

    def _child(self, name: str) -> Child:
        return next(child for child in self._children if child.name == name)

    def _bring_back(self, child: Child) -> None:
        now = time.monotonic()
        assert child.process is not None
        if child.start_again_at == 0.0:
            steady = now - child.started_at >= _STEADY_SECONDS
            child.failures = 0 if steady else child.failures + 1
            delay = min(_LONGEST_BACKOFF_SECONDS, 0.25 * 2**child.failures) if child.failures else 0.0
            child.start_again_at = now + delay
            log.error(
                "process ended",
                name=child.name,
                code=child.process.returncode,
                again_in_seconds=delay,
                says_why=str(self._log_of(child)),
            )
        if now >= child.start_again_at:
            self._spawn(child)

    def _spawn(self, child: Child) -> None:
        self._log_folder.mkdir(parents=True, exist_ok=True)
        path = self._log_of(child)
        if path.exists() and path.stat().st_size > _LOG_ROTATION_BYTES:
            path.replace(path.with_suffix(".log.1"))
        with open(path, "ab") as output:
            child.process = subprocess.Popen(
                child.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,
            )
        child.started_at, child.start_again_at = time.monotonic(), 0.0
        self._remember()

    def _log_of(self, child: Child) -> Path:
        return self._log_folder / f"{child.name}.log"

    def _remember(self) -> None:
        """Which processes are ours, on disk, before anything can kill us."""
        alive = {}
        for child in self._children:
            if child.process is not None and child.process.poll() is None:
                try:
                    alive[child.name] = (child.process.pid, psutil.Process(child.process.pid).create_time())
                except psutil.NoSuchProcess:
                    continue
        fresh = self._processes_file.with_name(f".processes.{os.getpid()}")
        fresh.write_text(json.dumps(alive))
        fresh.replace(self._processes_file)
