#!/usr/bin/env python3
"""
The machine's own Chromium, which does not hear of changes of the machine's networks.

Docker adds and removes a network for each Space, and a Chromium that hears of it drops whatever it is loading
(ERR_NETWORK_CHANGED). The kernel tells such changes over netlink sockets; without one Chromium takes the machine for
online, for ever.

Source: Chromium's net/base/address_tracker_linux.cc (AbortAndForceOnline); seccomp(2).
"""

import ctypes
import errno
import os
import platform
import shutil
import socket
import struct
import sys

_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _FILTERED = 22, 38, 2
_LOAD, _IS_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EAFNOSUPPORT
#: Of a ``struct seccomp_data``: the number of the call, the kind of machine, the call's first argument.
_NUMBER_AT, _MACHINE_AT, _ARGUMENT_AT = 0, 4, 16
#: How seccomp calls this kind of machine, and its number of ``socket``.
_MACHINES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def refuse_netlink(machine: int, number_of_socket: int) -> None:
    """For this process and all that it starts; other sockets are as they were. Raises: OSError."""
    steps = b"".join(
        struct.pack("HBBI", *step)
        for step in (
            (_LOAD, 0, 0, _MACHINE_AT),
            (_IS_EQUAL, 0, 5, machine),
            (_LOAD, 0, 0, _NUMBER_AT),
            (_IS_EQUAL, 0, 3, number_of_socket),
            (_LOAD, 0, 0, _ARGUMENT_AT),
            (_IS_EQUAL, 0, 1, socket.AF_NETLINK),
            (_RETURN, 0, 0, _REFUSE),
            (_RETURN, 0, 0, _ALLOW),
        )
    )
    program = _Program(len(steps) // 8, steps)
    libc = ctypes.CDLL(None, use_errno=True)
    for request in ((_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (_PR_SET_SECCOMP, _FILTERED, ctypes.byref(program), 0, 0)):
        if libc.prctl(*request) != 0:
            raise OSError(ctypes.get_errno(), "no filter of system calls")


def installed_chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def main() -> None:
    program = installed_chromium()
    if program is None:
        sys.exit("no Chromium on this machine")
    try:
        refuse_netlink(*_MACHINES[platform.machine()])
    except (KeyError, OSError) as error:
        print(f"this Chromium hears of changes of networks, and may drop what it loads: {error!r}", file=sys.stderr)
    os.execv(program, [program, *sys.argv[1:]])


if __name__ == "__main__":
    main()
