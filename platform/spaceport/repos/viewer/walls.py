"""The command line of a worker: bubblewrap around it, where that works. Pure, but for ``Walls.look``."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import structlog

from spaceport.repos.git_command import git_environment

log = structlog.get_logger()
_TRIAL_SECONDS = 20
_SHARED_MEMORY_BYTES = 64 * 1024**2
#: The package this file is in, wherever it was installed.
_PACKAGE = Path(__file__).resolve().parents[2]
_SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime")
_COMMAND = (sys.executable, "-I", "-B", "-m", "spaceport.repos.viewer.worker")


@dataclass(frozen=True)
class Walls:
    """``bwrap`` is None where bubblewrap is missing or may not do what it is for."""

    bwrap: str | None

    @classmethod
    @cache
    def look(cls) -> "Walls":
        """This machine, tried once."""
        bwrap = shutil.which("bwrap")
        if bwrap is None:
            log.info("the dataset viewer has no bubblewrap: its workers have limits, but no walls")
            return cls(None)
        command = [*cls(bwrap).around((), ()), sys.executable, "-I", "-c", ""]
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TRIAL_SECONDS, env=git_environment()
            )
            why = done.stderr.decode(errors="replace").strip()[:300] if done.returncode else None
        except (OSError, subprocess.TimeoutExpired) as error:
            why = str(error)
        if why is not None:
            log.info("the dataset viewer cannot use bubblewrap: its workers have limits, but no walls", why=why)
        return cls(bwrap if why is None else None)

    def command(self, readable: Sequence[Path], writable: Sequence[Path]) -> list[str]:
        """The worker, who sees these folders under their own names."""
        return [*self.around(readable, writable), *_COMMAND]

    def around(self, readable: Sequence[Path], writable: Sequence[Path]) -> list[str]:
        """
        Nothing of the network, of other processes or of the data folder; the same user, without any privilege.

        Source: bwrap(1).
        """
        if self.bwrap is None:
            return []
        argv = [self.bwrap, "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
        for path in _SYSTEM:
            argv += ["--ro-bind-try", path, path]
        argv += ["--proc", "/proc", "--dev", "/dev"]
        for path in ("/dev/shm", "/tmp"):
            # Files there are memory that no other limit counts.
            argv += ["--size", str(_SHARED_MEMORY_BYTES), "--tmpfs", path]
        # After the empty /tmp: Spaceport itself may be installed below it.
        for folder in dict.fromkeys((sys.base_prefix, sys.prefix, str(_PACKAGE))):
            argv += ["--ro-bind", folder, folder]
        for each in readable:
            argv += ["--ro-bind", str(each), str(each)]
        for each in writable:
            argv += ["--bind", str(each), str(each)]
        return [*argv, "--chdir", "/", "--"]
