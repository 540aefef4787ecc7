"""
Watches one sandboxed instance: its output, its memory, its end. One small process for each instance.

It is no child of the runner and outlives it, so that running apps survive any crash of Spaceport. Where it is killed
itself, the kernel kills the app. Standard library only, started with ``python -I -S``.

Signals: SIGTERM asks the app to stop, SIGUSR1 kills it.
"""

import json
import os
import resource
import selectors
import signal
import subprocess
import sys
import time
import traceback
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from spaceport_runner.lifeline import die_with_parent
from spaceport_runner.masking import Mask
from spaceport_runner.output_log import OutputLog
from spaceport_runner.process_tree import (
    adopt_orphans,
    as_shells_do,
    bury_orphans,
    descendants,
    kill_descendants,
    memory_of,
    process,
    signal_all,
)

STATE_FILE = "state.json"
ERROR_FILE = "shim.err"
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

WATCH_SECONDS = 0.5
#: Seconds that output is still read after the app's end.
DRAIN_SECONDS = 2.0
CHUNK_BYTES = 256 * 1024
#: What a shell gives for a process ended by SIGKILL, and what Docker does.
KILLED_EXIT_CODE = 137


@dataclass(frozen=True)
class State:
    """
    What is known of an instance from outside, kept in ``state.json``.

    ``shim_started_ticks`` and ``boot_id`` tell this process from a later one of the same number. ``exit_code`` is None
    until the app has ended. Times are seconds since the epoch, UTC.
    """

    boot_id: str
    shim_pid: int
    shim_started_ticks: int
    app_pid: int
    port: int
    started_at: float
    exit_code: int | None = None
    out_of_memory: bool = False


def main() -> None:
    """
    Arguments: the instance's folder, the file handles of its lock and of the socket that holds its port; the order on
    standard input as JSON. Leaves as soon as the app is started; a message on standard error says why it was not.
    """
    folder, lock, port_holder = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    order = json.load(sys.stdin)
    answer, answer_here = os.pipe()
    if os.fork():
        os.close(answer_here)
        message = b"".join(iter(lambda: os.read(answer, 4096), b""))
        sys.stderr.buffer.write(message.removeprefix(b"started"))
        sys.stderr.flush()
        os._exit(0 if message == b"started" else 1)
    os.close(answer)
    _become_independent(folder)
    adopt_orphans()
    try:
        watch = Watch(folder, order, port_holder)
    except OSError as error:
        os.write(answer_here, str(error).encode())
        os._exit(1)
    os.close(lock)
    os.write(answer_here, b"started")
    os.close(answer_here)
    try:
        watch.run()
    except BaseException:
        # The only place left to tell anybody; the kernel ends the app with this process.
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


def _become_independent(folder: Path) -> None:
    """Own session, no terminal, no folder kept busy, nothing of the runner's input and output."""
    os.setsid()
    os.chdir("/")
    os.umask(0o022)
    nothing = os.open(os.devnull, os.O_RDWR)
    errors = os.open(folder / ERROR_FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for target, handle in ((0, nothing), (1, nothing), (2, errors)):
        os.dup2(handle, target)


class Watch:
    """The app, from its start to the record of its end."""

    def __init__(self, folder: Path, order: dict[str, Any], port_holder: int) -> None:
        self._folder = folder
        self._limit_bytes: int = order["memory_bytes"]
        self._log = OutputLog(Path(order["log_path"]), order["log_limit_bytes"], Mask(order["hidden"]))
        self._wanted: set[int] = set()
        self._wake, wake_here = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake_here, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGUSR1):
            signal.signal(number, lambda number, frame: self._wanted.add(number))
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        self._app = _start(order)
        self._port_holder = port_holder
        own = process(os.getpid())
        assert own is not None
        self._state = State(
            boot_id=BOOT_ID.read_text().strip(),
            shim_pid=own.pid,
            shim_started_ticks=own.started_ticks,
            app_pid=self._app.pid,
            port=order["port"],
            started_at=time.time(),
        )
        self._save()

    def run(self) -> None:
        """Until the app has ended and its end is on record."""
        output = self._app.stdout
        assert output is not None
        os.set_blocking(output.fileno(), False)
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            selector.register(self._wake, selectors.EVENT_READ)
            looked = time.monotonic()
            while self._app.poll() is None:
                for key, _ in selector.select(WATCH_SECONDS):
                    if key.fd == self._wake:
                        os.read(self._wake, 4096)
                        bury_orphans(self._app.pid)
                    elif not self._read():
                        selector.unregister(output)
                self._obey()
                if time.monotonic() - looked >= WATCH_SECONDS:
                    looked = time.monotonic()
                    self._look_at_memory()
                    self._log.settle()
        self._finish()

    def _read(self) -> bool:
        """Take what there is of output; False at its end."""
        assert self._app.stdout is not None
        try:
            chunk = os.read(self._app.stdout.fileno(), CHUNK_BYTES)
        except BlockingIOError:
            return True
        self._log.feed(chunk)
        return chunk != b""

    def _obey(self) -> None:
        if signal.SIGTERM in self._wanted:
            self._wanted.discard(signal.SIGTERM)
            tree = descendants(os.getpid())
            # Bubblewrap's own processes end with the app; asking them would end them first and kill the app.
            asked = next((each for each in tree if each.name != "bwrap"), None)
            if asked is not None:
                signal_all([asked], signal.SIGTERM)
            signal_all(tree, signal.SIGCONT)
        if signal.SIGUSR1 in self._wanted:
            self._wanted.discard(signal.SIGUSR1)
            kill_descendants(os.getpid())

    def _look_at_memory(self) -> None:
        if memory_of(descendants(os.getpid()), self._limit_bytes) > self._limit_bytes:
            self._state = replace(self._state, out_of_memory=True)
            kill_descendants(os.getpid())

    def _finish(self) -> None:
        """The app is over: nothing it started stays, its last words are read, its end is written down."""
        kill_descendants(os.getpid())
        deadline = time.monotonic() + DRAIN_SECONDS
        with selectors.DefaultSelector() as selector:
            assert self._app.stdout is not None
            selector.register(self._app.stdout, selectors.EVENT_READ)
            while time.monotonic() < deadline and selector.select(DRAIN_SECONDS) and self._read():
                pass
        self._log.close()
        code = KILLED_EXIT_CODE if self._state.out_of_memory else as_shells_do(self._app.returncode)
        self._state = replace(self._state, exit_code=code)
        self._save()

    def _save(self) -> None:
        path = self._folder / STATE_FILE
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps(asdict(self._state)))
        temporary.replace(path)


def _start(order: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Start the app, tied to this process and, where it has a user of its own, with a limit of processes."""
    own_pid = os.getpid()
    pids: int | None = order["pids"]

    def before_it_runs() -> None:
        die_with_parent(own_pid)
        if pids is not None:
            resource.setrlimit(resource.RLIMIT_NPROC, (pids, pids))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    # This process has one thread, so that Python code between fork and exec is safe.
    return subprocess.Popen(
        order["argv"],
        env=order["env"],
        cwd=order["cwd"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=before_it_runs,
    )


if __name__ == "__main__":
    main()
