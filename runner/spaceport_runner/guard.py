"""
Runs one command and leaves nothing of it behind, whatever happens to the one who asked: ``guard COMMAND...``.

The kernel can kill a process with its parent, but not that process's own children. This one is told by the kernel that
its parent has ended (a build's process may be killed at any time) and then kills all that the command started.
Standard library only, started with ``python -I -S``.
"""

import ctypes
import os
import signal
import subprocess
import sys
from types import FrameType

from spaceport_runner.process_tree import adopt_orphans, as_shells_do, kill_descendants

PR_SET_PDEATHSIG = 1
NICENESS = 5
GROUP_OPTION = "--group="
#: The file of a control group that a process writes to in order to enter.
ENTRANCE = "cgroup.procs"
#: What a shell gives for a command that is not there.
NOT_FOUND_EXIT_CODE = 127


def main() -> None:
    """
    Arguments: the number of the parent, ``--group=FILE`` for each control group to enter, the command.

    Leaves with the command's exit code as a shell has it.
    """
    parent, command = int(sys.argv[1]), sys.argv[2:]
    groups = []
    while command and command[0].startswith(GROUP_OPTION):
        groups.append(command.pop(0).removeprefix(GROUP_OPTION))
    signal.signal(signal.SIGTERM, _give_up)
    adopt_orphans()
    for entrance in groups:
        _enter(entrance)
    # Builds give way to the apps that serve.
    os.nice(NICENESS)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        # It ended before the kernel was told.
        sys.exit(128 + signal.SIGTERM)
    try:
        step = subprocess.Popen(command)
    except OSError as error:
        print(f"{command[0]} cannot be started: {error.strerror}", flush=True)
        sys.exit(NOT_FOUND_EXIT_CODE)
    while True:
        # Any child: orphans of the command end here too.
        ended, status = os.wait()
        if ended == step.pid:
            break
    kill_descendants(os.getpid())
    os._exit(as_shells_do(os.waitstatus_to_exitcode(status)))


def _enter(entrance: str) -> None:
    """
    Without creating or cutting anything: a runner of an older version may start this file in the middle of an update.
    """
    if os.path.basename(entrance) != ENTRANCE:
        raise ValueError(f"{entrance} is no control group to enter")
    handle = os.open(entrance, os.O_WRONLY)
    try:
        os.write(handle, b"0")
    finally:
        os.close(handle)


def _give_up(number: int, frame: FrameType | None) -> None:
    kill_descendants(os.getpid())
    os._exit(128 + number)


if __name__ == "__main__":
    main()
