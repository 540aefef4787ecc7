"""
The command lines of bubblewrap: what a sandboxed process sees of the machine. Pure, but for ``Machine.look``.

Source: bwrap(1), setpriv(1).
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

#: The user inside a namespace of its own.
INSIDE_UID = 1000
#: First user number of instances where the runner is root: above everything that distributions and systemd hand out,
#: below 2**31. The number of an instance is this plus its port, which no two instances share.
#: Source: https://systemd.io/UIDS-GIDS/
FIRST_UID = 2_000_000_000
#: Builds of one machine share a user, because they share a cache of packages.
BUILDER_UID = FIRST_UID

HOME = "/home/user"
SHARED_MEMORY_BYTES = 512 * 1024**2
TRIAL_TIMEOUT_SECONDS = 20

#: All that is shown of /etc, where it exists; passwd and group are made up.
ETC = (
    *("alternatives", "ca-certificates", "fonts", "gai.conf", "host.conf", "hosts", "ld.so.cache", "ld.so.conf"),
    *("ld.so.conf.d", "localtime", "magic", "mime.types", "nsswitch.conf", "os-release", "pki", "protocols"),
    *("resolv.conf", "services", "ssl", "timezone"),
)
SYSTEM_FOLDERS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")


@dataclass(frozen=True)
class Machine:
    """
    What of this machine a sandbox shows besides /usr: ``links`` and ``folders`` at the top (``/bin`` may be either),
    and the folders of the Python installation that environments are made from.
    """

    bwrap: str
    setpriv: str | None
    is_root: bool
    links: tuple[tuple[str, str], ...] = ()
    folders: tuple[str, ...] = ()
    python_folders: tuple[str, ...] = ()

    @classmethod
    def look(cls) -> "Machine | None":
        """This machine, None where bubblewrap is not installed."""
        bwrap = shutil.which("bwrap")
        if bwrap is None:
            return None
        links, folders = [], []
        for name in SYSTEM_FOLDERS:
            path = Path("/") / name
            if path.is_symlink():
                links.append((os.readlink(path), str(path)))
            elif path.is_dir():
                folders.append(str(path))
        return cls(
            bwrap=bwrap,
            setpriv=shutil.which("setpriv"),
            is_root=os.geteuid() == 0,
            links=tuple(links),
            folders=tuple(folders),
            python_folders=tuple(str(folder) for folder in python_folders(Path(sys.base_prefix))),
        )


@dataclass(frozen=True)
class Sandbox:
    """
    One sandbox: pairs of a path outside and a path inside, the folder to start in, and the user outside.

    ``uid`` counts only where the runner is root; otherwise the sandbox has the runner's user under another number.
    """

    read_only: tuple[tuple[Path, str], ...]
    writable: tuple[tuple[Path, str], ...]
    cwd: str
    uid: int
    links: tuple[tuple[str, str], ...] = field(default=())


def sandboxed(command: list[str], sandbox: Sandbox, machine: Machine) -> list[str]:
    """``command`` with walls around it: own processes, users and names, a read-only system and a private /tmp."""
    argv = [machine.bwrap, "--die-with-parent", "--new-session"]
    argv += ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--hostname", "space"]
    if machine.is_root:
        # No user namespace, so that the app has a user of its own outside as well. What is needed to enter its folder
        # and to become it goes away with becoming it.
        argv += ["--cap-drop", "ALL"]
        for capability in ("CAP_DAC_READ_SEARCH", "CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"):
            argv += ["--cap-add", capability]
    else:
        argv += ["--unshare-user", "--uid", str(INSIDE_UID), "--gid", str(INSIDE_UID)]
    argv += _system(machine)
    argv += _parents([inside for _, inside in (*sandbox.read_only, *sandbox.writable)])
    for outside, inside in sandbox.read_only:
        argv += ["--ro-bind", str(outside), inside]
    for outside, inside in sandbox.writable:
        argv += ["--bind", str(outside), inside]
    for target, inside in sandbox.links:
        argv += ["--symlink", target, inside]
    argv += ["--remount-ro", "/", "--chdir", sandbox.cwd, "--"]
    return [*argv, *_as_user(sandbox.uid, machine), *command]


def user_inside(uid: int, machine: Machine) -> int:
    """The number that an app sees as its own."""
    return uid if machine.is_root else INSIDE_UID


def trial(machine: Machine) -> str | None:
    """Whether bubblewrap can work here: None, or the reason why not (no privileges in this container, mostly)."""
    if machine.is_root and machine.setpriv is None:
        return "setpriv (util-linux) is not installed"
    try:
        done = subprocess.run(
            sandboxed(["/bin/sh", "-c", "test -r /proc/self/status"], Sandbox((), (), "/", FIRST_UID), machine),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TRIAL_TIMEOUT_SECONDS,
            env={"PATH": os.defpath},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return None if done.returncode == 0 else done.stderr.decode(errors="replace").strip() or "it ended with an error"


def python_folders(base_prefix: Path) -> list[Path]:
    """
    Folders outside /usr that a Python installation is made of: its own, and each that a link to it leads through.

    An environment's ``python`` is a link to the installation, which may lie in a home that nobody else may enter.
    """
    found = []
    for folder in (base_prefix, base_prefix.resolve()):
        if folder not in found and not folder.is_relative_to("/usr"):
            found.append(folder)
    return found


def _system(machine: Machine) -> list[str]:
    argv = ["--ro-bind", "/usr", "/usr"]
    for target, path in machine.links:
        argv += ["--symlink", target, path]
    for path in machine.folders:
        argv += ["--ro-bind", path, path]
    argv += ["--dir", "/etc"]
    for name in ETC:
        argv += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    argv += _parents(["/sys/devices/system/cpu"])
    argv += ["--ro-bind-try", "/sys/devices/system/cpu", "/sys/devices/system/cpu"]
    argv += ["--proc", "/proc", "--dev", "/dev"]
    for path in ("/dev/shm", "/tmp"):
        argv += ["--size", str(SHARED_MEMORY_BYTES), "--perms", "1777", "--tmpfs", path]
    argv += _parents(machine.python_folders)
    for path in machine.python_folders:
        argv += ["--ro-bind", path, path]
    return [*argv, "--dir", "/run", "--dir", "/var", "--symlink", "/tmp", "/var/tmp"]


def _parents(paths: Iterable[str]) -> list[str]:
    """
    Make the folders above mount points, open to everybody: bubblewrap would make them for root only.

    Folders of the system are there already and may be links.
    """
    above = {str(parent) for path in paths for parent in Path(path).parents if len(parent.parts) > 1}
    return [part for path in sorted(above - {"/etc", "/tmp", "/usr"}) for part in ("--dir", path)]


def _as_user(uid: int, machine: Machine) -> list[str]:
    """Become the user for good: no capabilities, and none to be had by any program."""
    if not machine.is_root:
        return []
    return [
        *(machine.setpriv or "setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups"),
        *("--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "--"),
    ]
