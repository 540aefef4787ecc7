"""
Control groups for builds: their own share of memory and processor, so that running apps never starve.

Where the runner may write to the machine's control groups (root, not in a container). Nothing here is needed for a
build to work: whoever cannot make a group gets None and builds without.

Source: https://www.kernel.org/doc/html/latest/admin-guide/cgroup-v1/memory.html and cgroup-v2.html
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from spaceport_runner.contract import Limits
from spaceport_runner.process_tree import process

CGROUPS = Path("/sys/fs/cgroup")
OWN_GROUPS = Path("/proc/self/cgroup")
#: Folder of the groups of builds.
BUILDS = "spaceport-builds"
#: An eighth of what an app gets where both want the processor: 1024 shares or a weight of 100 by default.
BUILD_SHARES = 128
BUILD_WEIGHT = 12
PERIOD_MICROSECONDS = 100_000

log = structlog.get_logger()


@dataclass(frozen=True)
class Cgroup:
    """One group, as a folder in each hierarchy that it needs."""

    folders: tuple[Path, ...]

    @property
    def entrances(self) -> tuple[Path, ...]:
        """Files that a process writes 0 to in order to enter, with all that it starts from then on."""
        return tuple(folder / "cgroup.procs" for folder in self.folders)

    def killed_for_memory(self) -> int:
        """How many processes of the group the kernel has killed because of its memory limit."""
        for folder in self.folders:
            for name in ("memory.events", "memory.oom_control"):
                with suppress(OSError, ValueError):
                    fields = dict(line.split() for line in (folder / name).read_text().splitlines())
                    return int(fields.get("oom_kill", 0))
        return 0

    def remove(self) -> None:
        """Does nothing while a process is in it; whoever makes the next one tries again."""
        for folder in self.folders:
            with suppress(OSError):
                folder.rmdir()


def build_cgroup(name: str, limits: Limits, root: Path = CGROUPS, own: Path = OWN_GROUPS) -> Cgroup | None:
    """A new group for one build of this process, None where that is not possible."""
    is_unified = (root / "cgroup.controllers").exists()
    parents = [_unified_parent(root)] if is_unified else _parents_below_own(root, own)
    if not all(parents):
        return None
    try:
        for parent in parents:
            assert parent is not None
            _remove_leftovers(parent)
        group = Cgroup(tuple(parent / f"{os.getpid()}-{name}" for parent in parents if parent is not None))
        for folder in group.folders:
            folder.mkdir(exist_ok=True)
        _limit(group.folders, limits, is_unified)
    except OSError as error:
        log.info("no_group_for_builds", reason=str(error))
        return None
    return group


def limit_buildkit(limits: Limits, root: Path = CGROUPS) -> bool:
    """
    Bound all steps of all builds of the Docker Engine together; whether that holds now.

    BuildKit inside the engine ignores ``--memory`` and ``--cgroup-parent`` and runs each step in a group below
    ``docker/buildkit`` (with the engine's cgroupfs driver), which stays for good.

    Source: moby 20.10, builder/builder-next/executor_unix.go.
    """
    is_unified = (root / "cgroup.controllers").exists()
    above = [root / "docker"] if is_unified else [root / "memory" / "docker", root / "cpu" / "docker"]
    try:
        if not all(folder.is_dir() for folder in above):
            return False
        folders = tuple(folder / "buildkit" for folder in above)
        for folder in folders:
            folder.mkdir(exist_ok=True)
        _limit(folders, limits, is_unified)
    except OSError as error:
        log.info("builds_of_docker_not_limited", reason=str(error))
        return False
    return True


def _limit(folders: tuple[Path, ...], limits: Limits, is_unified: bool) -> None:
    memory, cpu = folders[0], folders[-1]
    quota = round(limits.cpus * PERIOD_MICROSECONDS)
    if is_unified:
        (memory / "memory.max").write_text(str(limits.memory_bytes))
        _write_where_there(memory / "memory.swap.max", "0")
        (cpu / "cpu.weight").write_text(str(BUILD_WEIGHT))
        (cpu / "cpu.max").write_text(f"{quota} {PERIOD_MICROSECONDS}")
        return
    # Memory and swap together can never be less than memory alone, not even for a moment.
    _write_where_there(memory / "memory.memsw.limit_in_bytes", "-1")
    (memory / "memory.limit_in_bytes").write_text(str(limits.memory_bytes))
    _write_where_there(memory / "memory.memsw.limit_in_bytes", str(limits.memory_bytes))
    (cpu / "cpu.shares").write_text(str(BUILD_SHARES))
    (cpu / "cpu.cfs_period_us").write_text(str(PERIOD_MICROSECONDS))
    (cpu / "cpu.cfs_quota_us").write_text(str(quota))


def _parents_below_own(root: Path, own: Path) -> list[Path | None]:
    """Of the first version: below the runner's own groups, so that limits of the runner keep holding."""
    paths: dict[str, str] = {}
    for line in own.read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        paths |= dict.fromkeys(controllers.split(","), path)
    found: list[Path | None] = []
    for controller in ("memory", "cpu"):
        folder = root / controller / paths.get(controller, "/").lstrip("/")
        found.append(_made(folder / BUILDS) if folder.is_dir() else None)
    return found


def _unified_parent(root: Path) -> Path | None:
    """Of the second version: at the top, since a group with processes of its own may have no limited ones below it."""
    parent = _made(root / BUILDS)
    try:
        for folder in (root, root / BUILDS):
            (folder / "cgroup.subtree_control").write_text("+memory +cpu")
    except OSError as error:
        log.info("no_groups_for_builds", reason=str(error))
        return None
    return parent


def _made(folder: Path) -> Path | None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        log.info("no_groups_for_builds", reason=str(error))
        return None
    return folder


def _remove_leftovers(parent: Path) -> None:
    """Groups of processes that were killed at their build."""
    for entry in parent.iterdir():
        maker = entry.name.partition("-")[0]
        if entry.is_dir() and maker.isdigit() and process(int(maker)) is None:
            with suppress(OSError):
                entry.rmdir()


def _write_where_there(path: Path, text: str) -> None:
    if path.exists():
        path.write_text(text)
