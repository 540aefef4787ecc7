"""Run one step of a build: its output as lines, its end with the build's, its memory under a limit."""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from spaceport_runner.engines.cgroups import Cgroup
from spaceport_runner.engines.engine import BuildFailed
from spaceport_runner.guard import GROUP_OPTION
from spaceport_runner.masking import CUT_LINE_CHARACTERS
from spaceport_runner.process_tree import descendants, kill_descendants, memory_of, process

#: Seconds between two looks at the memory of a step.
WATCH_SECONDS = 0.5
#: Bytes of a line that are given out; no log keeps more of it.
LONGEST_LINE_BYTES = 4 * CUT_LINE_CHARACTERS
GIB = 1024**3

GUARD_PROGRAM = "import sys; sys.path.append(sys.argv.pop(1)); from spaceport_runner.guard import main; main()"


def run_streaming(
    argv: Sequence[str],
    log: Callable[[str], None],
    *,
    cwd: Path,
    env: Mapping[str, str],
    memory_bytes: int | None = None,
    timeout_seconds: float | None = None,
    pass_fds: Sequence[int] = (),
    group: Cgroup | None = None,
) -> int:
    """
    Run a command, give each line of its output to ``log`` and return its exit code.

    The command gets exactly ``env``, no input and a session of its own. Nothing it started outlives it, nor the calling
    thread (a build's process may be killed at any time), nor any exception, also one raised by ``log`` or by a signal
    handler. ``memory_bytes`` bounds it and all it starts, together: watched here, and by the kernel where there is a
    ``group``. A command that is not there ends with 127.

    Raises: BuildFailed when it used too much memory or time.
    """
    step = subprocess.Popen(
        _guarded(argv, group),
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        pass_fds=pass_fds,
    )
    try:
        _follow(step, log, memory_bytes, timeout_seconds)
        code = step.wait(timeout=WATCH_SECONDS * 20)
        if code != 0 and group is not None and group.killed_for_memory() and memory_bytes is not None:
            raise _out_of_memory(memory_bytes)
        return code
    except subprocess.TimeoutExpired as error:
        raise BuildFailed(f"{Path(argv[0]).name} closed its output and did not end") from error
    finally:
        _end(step)


def _guarded(argv: Sequence[str], group: Cgroup | None) -> list[str]:
    """
    A command under the guard that ends it with the calling process, however that ends.

    Not ``preexec_fn``: Python code between fork and exec can deadlock when the caller has threads.
    """
    package = str(Path(__file__).resolve().parents[2])
    groups = [f"{GROUP_OPTION}{entrance}" for entrance in group.entrances] if group else []
    return [sys.executable, "-I", "-S", "-c", GUARD_PROGRAM, package, str(os.getpid()), *groups, *argv]


def _follow(
    step: subprocess.Popen[bytes],
    log: Callable[[str], None],
    memory_bytes: int | None,
    timeout_seconds: float | None,
) -> None:
    """Read the output to its end, and look at memory and time in between."""
    assert step.stdout is not None
    os.set_blocking(step.stdout.fileno(), False)
    lines = LineSplitter(log)
    started = looked = time.monotonic()
    with selectors.DefaultSelector() as selector:
        selector.register(step.stdout, selectors.EVENT_READ)
        while True:
            if selector.select(WATCH_SECONDS):
                chunk = step.stdout.read(64 * 1024)
                if chunk == b"":
                    break
                lines.feed(chunk or b"")
            if time.monotonic() - looked >= WATCH_SECONDS:
                looked = time.monotonic()
                _check_memory(step.pid, memory_bytes)
                if timeout_seconds is not None and looked - started > timeout_seconds:
                    raise BuildFailed(f"a step of the build took longer than {timeout_seconds:.0f} seconds")
    lines.end()


def _check_memory(pid: int, limit_bytes: int | None) -> None:
    if limit_bytes is None:
        return
    root = process(pid)
    used = memory_of([*([root] if root else []), *descendants(pid)], limit_bytes)
    if used > limit_bytes:
        raise _out_of_memory(limit_bytes)


def _out_of_memory(limit_bytes: int) -> BuildFailed:
    return BuildFailed(f"out of memory: the build used more than {limit_bytes / GIB:.3g} GiB", exit_code=137)


def _end(step: subprocess.Popen[bytes]) -> None:
    """Leave nothing of a step behind, and collect it."""
    if step.poll() is None:
        kill_descendants(step.pid)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(step.pid, signal.SIGKILL)
    step.wait(timeout=10)
    if step.stdout is not None:
        step.stdout.close()


class LineSplitter:
    """
    Cuts a stream of bytes into lines of text; what a carriage return overwrites (progress bars) is not kept, nor the
    end of a line that is too long.
    """

    def __init__(self, log: Callable[[str], None]) -> None:
        self._log = log
        self._rest = b""

    def feed(self, chunk: bytes) -> None:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._give(line)
        if len(self._rest) > LONGEST_LINE_BYTES:
            self._rest = _last_state(self._rest)[: LONGEST_LINE_BYTES + 1]

    def end(self) -> None:
        """Give out a last line that had no newline."""
        if self._rest:
            self._give(self._rest)
            self._rest = b""

    def _give(self, line: bytes) -> None:
        self._log(_last_state(line)[:LONGEST_LINE_BYTES].decode(errors="replace"))


def _last_state(line: bytes) -> bytes:
    return line.rstrip(b"\r").rpartition(b"\r")[2]
