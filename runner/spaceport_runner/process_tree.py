"""
Processes and their descendants, read from ``/proc``.

Standard library only: it also runs inside the process that watches a sandboxed instance.
"""

import ctypes
import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")

PROC = Path("/proc")
PR_SET_CHILD_SUBREAPER = 36
#: Seconds between two looks at whether processes have stopped.
STOP_PAUSE_SECONDS = 0.002


@dataclass(frozen=True)
class Process:
    """
    One line of ``/proc/<pid>/stat``.

    ``started_ticks`` tells two processes with the same number apart: it counts since the machine's start.
    ``cpu_seconds`` includes children that have ended. Source: proc(5).
    """

    pid: int
    name: str
    state: str
    parent: int
    cpu_seconds: float
    started_ticks: int
    memory_bytes: int

    @property
    def is_alive(self) -> bool:
        """A zombie has ended; only its parent has not looked yet."""
        return self.state not in "ZXx"


def process(pid: int) -> Process | None:
    """The process with that number, None when there is none."""
    try:
        text = (PROC / str(pid) / "stat").read_bytes().decode(errors="replace")
    except OSError:
        return None
    # The name is in brackets and may itself hold spaces and brackets.
    name, _, rest = text.partition("(")[2].rpartition(")")
    fields = rest.split()
    return Process(
        pid=pid,
        name=name,
        state=fields[0],
        parent=int(fields[1]),
        cpu_seconds=sum(map(int, fields[11:15])) / _TICKS_PER_SECOND,
        started_ticks=int(fields[19]),
        memory_bytes=int(fields[21]) * _PAGE_BYTES,
    )


def is_running(pid: int, started_ticks: int) -> bool:
    """Whether the process that had this number when it started at that time still runs."""
    found = process(pid)
    return found is not None and found.is_alive and found.started_ticks == started_ticks


def descendants(root: int) -> list[Process]:
    """All living descendants of a process, parents before their children; without the process itself."""
    tree: list[Process] = []
    waiting = [root]
    while waiting:
        below = [found for pid in children(waiting.pop()) if (found := process(pid)) and found.is_alive]
        tree += below
        waiting += [each.pid for each in below]
    return tree


def memory_of(processes: list[Process], limit_bytes: int | None = None) -> int:
    """
    Bytes of memory that processes use together.

    Resident sizes count what processes share several times, and the exact figure is expensive: it is asked for only
    when the quick one is over the limit.
    """
    quick = sum(each.memory_bytes for each in processes)
    if limit_bytes is None or quick <= limit_bytes:
        return quick
    return sum(_proportional_bytes(each) for each in processes)


def socket_inodes(pid: int) -> set[int]:
    """Numbers of the sockets that a process holds; none of a process that is gone or hides them."""
    found = set()
    with suppress(OSError):
        for handle in os.listdir(PROC / str(pid) / "fd"):
            with suppress(OSError):
                kind, _, number = os.readlink(PROC / str(pid) / "fd" / handle).partition(":[")
                if kind == "socket":
                    found.add(int(number.rstrip("]")))
    return found


def signal_all(processes: list[Process], number: signal.Signals) -> None:
    """Send a signal to each process that is still there."""
    for each in processes:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(each.pid, number)


def stop_descendants(root: int, rounds: int = 50) -> None:
    """
    Take all descendants of a process off the processors, until none is seen that still runs.

    Looked for again, since one may start another meanwhile; one that waits for a disk stops a moment later.
    """
    for _ in range(rounds):
        running = [each for each in descendants(root) if each.state not in "Tt"]
        if not running:
            return
        signal_all(running, signal.SIGSTOP)
        time.sleep(STOP_PAUSE_SECONDS)


def continue_descendants(root: int) -> None:
    """Undo ``stop_descendants``: children first, so that none of their parents misses them."""
    signal_all(descendants(root)[::-1], signal.SIGCONT)


def kill_descendants(root: int, rounds: int = 20) -> None:
    """
    Kill all descendants of a process.

    They are stopped before they are killed, and looked for again: a process that forks all the time is outrun.
    """
    for _ in range(rounds):
        found = descendants(root)
        if not found:
            return
        signal_all(found, signal.SIGSTOP)
        signal_all(descendants(root), signal.SIGKILL)


def adopt_orphans() -> None:
    """
    Whatever this process's descendants leave behind stays below this process.

    Source: prctl(2), PR_SET_CHILD_SUBREAPER.
    """
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER) was refused")


def bury_orphans(own_child: int) -> None:
    """Collect ended children of this process other than the one it started, whose end it wants to see for itself."""
    for pid in children(os.getpid()):
        found = process(pid)
        if pid != own_child and found is not None and not found.is_alive:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def as_shells_do(returncode: int) -> int:
    """An exit code of Python's ``subprocess`` as shells, bubblewrap and Docker have it: 128 and a signal's number."""
    return 128 - returncode if returncode < 0 else returncode


def children(pid: int) -> list[int]:
    """
    Numbers of a process's children.

    The kernel keeps them for each thread; where it is built without that, all processes are looked through.

    Source: proc(5), /proc/[pid]/task/[tid]/children.
    """
    found: list[int] = []
    try:
        for thread in os.listdir(PROC / str(pid) / "task"):
            found += map(int, (PROC / str(pid) / "task" / thread / "children").read_text().split())
    except (FileNotFoundError, ProcessLookupError):
        if (PROC / "self" / "task" / str(os.getpid()) / "children").exists():
            return found
        everybody = [process(int(entry)) for entry in os.listdir(PROC) if entry.isdigit()]
        return [each.pid for each in everybody if each is not None and each.parent == pid]
    return found


def _proportional_bytes(each: Process) -> int:
    """Resident size with shared pages divided among those that share them; the quick figure where it is hidden."""
    try:
        for line in (PROC / str(each.pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return each.memory_bytes
