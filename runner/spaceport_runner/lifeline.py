"""Ties a process to the one that started it, so that nothing is left behind by a kill -9."""

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent_pid: int) -> None:
    """
    Have the kernel kill this process when its parent ends, however that ends.

    The kernel watches the *thread* that started this process: start processes from threads that live as long as
    their process does.

    Source: prctl(2), PR_SET_PDEATHSIG.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) was refused")
    # The parent may have ended before the kernel was told.
    if os.getppid() != parent_pid:
        os.kill(os.getpid(), signal.SIGKILL)
