"""
The folders that Spaces see as /data, and the copies made of them.

Of each Space, below ``volumes/SPACE``, which only the runner may enter::

    data            what the app sees; belongs to its user
    snapshots/NAME  copies, one before the first start of each release; the newest SNAPSHOTS_KEPT stay
    copies-bytes    what the copies took together when the newest was made
    prepared        the number of the newest release whose first start was prepared
    abandoned       is there once the Space is gone, see ``abandoned.py``
    .making         a copy that is not finished; .replaced: data whose place a copy took
"""

import fcntl
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from spaceport_runner.contract import InstanceSpec, copies_size_path, snapshot_path, volume_path
from spaceport_runner.copy_time import TIDY_SECONDS, Step, copy_seconds, no_step
from spaceport_runner.reasons import bytes_in_words, seconds_in_words, volume_full
from spaceport_runner.tree_copy import CopyCancelled, copy_tree

SNAPSHOTS_KEPT = 5
PREPARED_FILE = "prepared"
MAKING = ".making"
REPLACED = ".replaced"
#: Seconds that counting or removing the files of a volume may take.
TOOL_TIMEOUT_SECONDS = 600
#: Seconds that counting may take before a restart: somebody may be waiting for the app to wake.
COUNT_BEFORE_RESTART_SECONDS = 20
_SAFE_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$")

Log = Callable[[str], None]


class VolumeError(Exception):
    """A volume cannot be had as it was asked for. Messages are plain words for people."""


class CopyTooSlow(VolumeError):
    """A copy was not finished when its time was over; what there was of it is removed."""


def prepare_volume(
    data_dir: Path, spec: InstanceSpec, log: Log, is_cancelled: Callable[[], bool], step: Step = no_step
) -> int | None:
    """
    What comes before the first start of a release: the copy it may be undone with, and the copy it begins with.

    Once for each release, also when the runner is killed in between: every step can be taken again, and a restart of
    this or an earlier release finds it done.

    A restart of a release that has outgrown its quota is refused: it would do so again. A new release may start, which
    is how an owner makes room. ``step`` is told of what may take long, and how long it may take.

    Returns the bytes that the app finds in it; None where they are too many files to be counted in time.

    Raises: VolumeError, OSError, CopyCancelled.
    """
    data = make_volume(data_dir, spec.space_id)
    with _locked(data.parent):
        _finish_interrupted(data)
        if _prepared(data) >= spec.release_number > 0:
            used = _counted(data, COUNT_BEFORE_RESTART_SECONDS)
            _refuse_what_is_full(spec, used)
            return used
        step("looking at /data", TOOL_TIMEOUT_SECONDS)
        used = _counted(data)
        _refuse_what_is_full(spec, used)
        if spec.restore_from:
            _require_copy(data_dir, spec)
        is_kept = bool(spec.snapshot_as) and _snapshot(data_dir, spec, used, log, is_cancelled, step)
        _note_copies(data_dir, spec.space_id)
        if spec.restore_from:
            if not is_kept:
                raise VolumeError(f"{spec.restore_from} was not put back: what /data holds now would be lost")
            used = _restore(data_dir, spec, log, is_cancelled, step)
        _replace_text(data.parent / PREPARED_FILE, str(spec.release_number))
        return used


def _refuse_what_is_full(spec: InstanceSpec, used: int | None) -> None:
    if spec.restart and used is not None and used > spec.volume_bytes:
        raise VolumeError(volume_full(used, spec.volume_bytes))


def _counted(data: Path, timeout_seconds: float = TOOL_TIMEOUT_SECONDS) -> int | None:
    """No start fails because files cannot be counted."""
    with suppress(VolumeError):
        return used_bytes(data, timeout_seconds=timeout_seconds)
    return None


def make_volume(data_dir: Path, space_id: str) -> Path:
    """The folder of a Space's volume, empty when it is new. Raises: VolumeError, OSError."""
    data = volume_path(data_dir, _safe(space_id))
    data.parent.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    data.parent.mkdir(exist_ok=True, mode=0o700)
    if not _replaced(data).exists():
        data.mkdir(exist_ok=True, mode=0o700)
    return data


def used_bytes(*folders: Path, timeout_seconds: float = TOOL_TIMEOUT_SECONDS) -> int:
    """
    Disk space that folders take together: a file with several names counts once, a hole counts nothing.

    Raises: VolumeError.
    """
    command = ["du", "--summarize", "--total", "--one-file-system", "--block-size=1", "--"]
    counted = _run([*command, *map(str, folders)], timeout_seconds)
    # Files that vanish while it counts make it complain, and count the rest.
    last = counted.stdout.decode(errors="replace").splitlines()[-1:]
    size = last[0].partition("\t")[0] if last else ""
    if not size.isdigit():
        raise VolumeError(f"files cannot be counted: {counted.stderr.decode(errors='replace')[-200:]}")
    return int(size)


def remove_tree(folder: Path) -> None:
    """
    Remove a folder and all that is in it, however deeply nested; one that is not there is fine.

    Raises: VolumeError.
    """
    removed = _run(["rm", "--recursive", "--force", "--one-file-system", "--", str(folder)])
    if removed.returncode != 0:
        raise VolumeError(f"a volume cannot be removed: {removed.stderr.decode(errors='replace')[-200:]}")


def _snapshot(
    data_dir: Path, spec: InstanceSpec, size: int | None, log: Log, is_cancelled: Callable[[], bool], step: Step
) -> bool:
    """
    Whether all that is in the volume (``size`` bytes) is in a copy now.

    A machine without room for the copy, or too slow for it, costs the copy, never a deployment that keeps the data.
    """
    data = volume_path(data_dir, spec.space_id)
    target = snapshot_path(data_dir, spec.space_id, _safe(spec.snapshot_as))
    with os.scandir(data) as entries:
        is_empty = next(entries, None) is None
    if target.exists() or is_empty:
        return True
    if size is None:
        log("no copy of /data was made before this start: it has too many files to be counted")
        return False
    free = _free_bytes(data)
    if size * 2 > free:
        log(f"no copy of /data ({bytes_in_words(size)}) was made before this start: the machine's disk is nearly full")
        return False
    target.parent.mkdir(exist_ok=True, mode=0o700)
    try:
        making = _copied(data, size, is_cancelled, log, step)
        # A copy is as old as its making, not as what it was made of.
        os.utime(making)
        making.rename(target)
    except OSError as error:
        remove_tree(data.parent / MAKING)
        log(f"no copy of /data was made before this start: {error.strerror or error}")
        return False
    except CopyTooSlow as error:
        log(f"no copy of /data was made before this start: {error}")
        return False
    _prune(target.parent, {spec.snapshot_as, spec.restore_from})
    return True


def _note_copies(data_dir: Path, space_id: str) -> None:
    """
    Tell the owner what the copies take beside the quota: it holds for what the app writes, not for what we keep of it.

    No deployment fails because they cannot be counted.
    """
    copies = snapshot_path(data_dir, space_id, "any").parent
    note = copies_size_path(data_dir, space_id)
    try:
        _replace_text(note, str(used_bytes(copies) if copies.exists() else 0))
    except (VolumeError, OSError):
        note.unlink(missing_ok=True)


def _require_copy(data_dir: Path, spec: InstanceSpec) -> Path:
    """The copy that is to be put back. Raises: VolumeError."""
    source = snapshot_path(data_dir, spec.space_id, _safe(spec.restore_from))
    if not source.is_dir():
        raise VolumeError(f"the copy {spec.restore_from} of /data is not there any more: choose another one")
    return source


def _restore(data_dir: Path, spec: InstanceSpec, log: Log, is_cancelled: Callable[[], bool], step: Step) -> int:
    """Returns the bytes that are in the volume afterwards."""
    data, source = volume_path(data_dir, spec.space_id), _require_copy(data_dir, spec)
    step(f"looking at the copy {spec.restore_from}", TOOL_TIMEOUT_SECONDS)
    size = used_bytes(source)
    making = _copied(source, size, is_cancelled, log, step)
    data.rename(_replaced(data))
    making.rename(data)
    # Where the instance before still writes to it, the next preparation removes the rest.
    with suppress(VolumeError):
        remove_tree(_replaced(data))
    log(f"/data is as it was in the copy {spec.restore_from}")
    return size


def _copied(source: Path, size: int, is_cancelled: Callable[[], bool], log: Log, step: Step) -> Path:
    """A finished copy under the name of an unfinished one. Raises: CopyTooSlow, CopyCancelled, OSError."""
    volume = source.parent if source.name == "data" else source.parent.parent
    making = volume / MAKING
    what = f"copying /data ({bytes_in_words(size)})"
    patience = copy_seconds(size)
    step(what, patience + TIDY_SECONDS)
    late_at = time.monotonic() + patience
    try:
        left_out = copy_tree(source, making, lambda: is_cancelled() or time.monotonic() >= late_at)
    except CopyCancelled:
        if is_cancelled():
            raise
        remove_tree(making)
        raise CopyTooSlow(f"{what} took longer than {seconds_in_words(patience)}") from None
    if left_out:
        log(f"{left_out} entries of /data were left out of its copy (pipes, sockets, what is nested too deeply)")
    return making


def _finish_interrupted(data: Path) -> None:
    """
    After a kill between any two steps: data is in its place, and no leftovers are.

    Data that gave way without the copy having come is put back; the release is not prepared then, and is once more.
    """
    if _replaced(data).exists() and not data.exists():
        _replaced(data).rename(data)
    data.mkdir(exist_ok=True, mode=0o700)
    for leftover in (data.parent / MAKING, _replaced(data)):
        remove_tree(leftover)


def _prune(snapshots: Path, needed: set[str]) -> None:
    """Keep the newest copies and those in use."""
    oldest_first = sorted(snapshots.iterdir(), key=lambda path: path.stat().st_mtime)
    for old in oldest_first[:-SNAPSHOTS_KEPT]:
        if old.name not in needed:
            remove_tree(old)


def _prepared(data: Path) -> int:
    try:
        return int((data.parent / PREPARED_FILE).read_text())
    except (FileNotFoundError, ValueError):
        return 0


def _replaced(data: Path) -> Path:
    return data.with_name(REPLACED)


def _safe(name: str) -> str:
    if not _SAFE_NAME.match(name):
        raise VolumeError(f"{name[:100]!r} cannot be the name of a volume or a copy")
    return name


def _free_bytes(folder: Path) -> int:
    figures = os.statvfs(folder)
    return figures.f_bavail * figures.f_frsize


def _replace_text(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text)
    fresh.replace(path)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One preparation of a volume at a time; the lock ends with its process."""
    handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _run(command: list[str], timeout_seconds: float = TOOL_TIMEOUT_SECONDS) -> subprocess.CompletedProcess[bytes]:
    """Raises: VolumeError when it takes too long."""
    with suppress(subprocess.TimeoutExpired):
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_seconds,
            env={"PATH": os.defpath, "LC_ALL": "C"},
        )
    raise VolumeError(f"a volume has too many files: {command[0]} took longer than {timeout_seconds:g} seconds")
