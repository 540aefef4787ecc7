"""What the process takes away from itself before it looks at any file."""

import contextlib
import ctypes
import os
import resource

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_NICE = 10
_MAX_OPEN_FILES = 1024


def be_poor(memory_bytes: int, cpu_seconds: int, file_bytes: int) -> None:
    """For good: no limit can be raised again. ``file_bytes`` is the largest file it may write."""
    os.nice(_NICE)
    limits = {
        resource.RLIMIT_DATA: memory_bytes,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_FSIZE: file_bytes,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: _MAX_OPEN_FILES,
    }
    for limit, value in limits.items():
        _, hard = resource.getrlimit(limit)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (value, value))


def leave_the_network() -> None:
    """Where bubblewrap has not done so already, and where the kernel lets this user."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
