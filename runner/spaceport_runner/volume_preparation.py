"""What comes before the first start of a release with a volume: a copy of what is there, and a copy put back."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from spaceport_runner.contract import InstanceSpec, copies_size_path, snapshot_path, volume_path
from spaceport_runner.copy_time import (
    COUNT_BEFORE_RESTART_SECONDS,
    COUNT_SECONDS,
    QUICK_SECONDS,
    Step,
    copy_seconds,
    no_step,
)
from spaceport_runner.file_count import Count, count_files
from spaceport_runner.reasons import bytes_in_words, seconds_in_words
from spaceport_runner.tree_copy import CopyCancelled, copy_tree
from spaceport_runner.volume_leavings import clear, set_aside
from spaceport_runner.volume_quota import quota_of, volume_full
from spaceport_runner.volumes import (
    MAKING,
    PREPARED_FILE,
    VolumeError,
    finish_interrupted,
    locked,
    make_volume,
    prepared,
    replace_text,
    replaced,
    safe,
)

SNAPSHOTS_KEPT = 5

Log = Callable[[str], None]

log = structlog.get_logger()


class CopyTooSlow(VolumeError):
    """A copy was not finished when its time was over; what there was of it is removed."""


def prepare_volume(
    data_dir: Path, spec: InstanceSpec, log: Log, is_cancelled: Callable[[], bool], step: Step = no_step
) -> Count:
    """
    What comes before the first start of a release: the copy it may be undone with, and the copy it begins with.

    Once for each release, also when the runner is killed in between: every step can be taken again, and a restart of
    this or an earlier release finds it done.

    A restart of a release that has outgrown its quota is refused: it would do so again. A new release may start, which
    is how an owner makes room. ``step`` is told of what takes long, and how long it may take.

    Returns what the app finds in it, incomplete where the files are too many to be counted in time.

    Raises: VolumeError, OSError, CopyCancelled.
    """
    volume = make_volume(data_dir, spec.space_id).parent
    preparation = _Preparation(data_dir, spec, log, is_cancelled, step)
    with locked(volume, is_cancelled, step):
        found = preparation.run()
    if is_cancelled():
        raise CopyCancelled
    return found


class _Preparation:
    """One run of ``prepare_volume``, with the volume to itself."""

    def __init__(
        self, data_dir: Path, spec: InstanceSpec, log: Log, is_cancelled: Callable[[], bool], step: Step
    ) -> None:
        self._data_dir = data_dir
        self._spec = spec
        self._log = log
        self._is_cancelled = is_cancelled
        self._step = step
        self._data = volume_path(data_dir, spec.space_id)
        self._volume = self._data.parent

    def run(self) -> Count:
        spec = self._spec
        finish_interrupted(self._data)
        is_restart = prepared(self._data) >= spec.release_number > 0
        if not is_restart:
            self._clear()
        found = self._count(self._data, "/data", COUNT_BEFORE_RESTART_SECONDS if is_restart else COUNT_SECONDS)
        if spec.restart and (quota := quota_of(spec.volume_bytes)).is_exceeded_by(found):
            raise VolumeError(volume_full(found, quota))
        if is_restart:
            return found
        if spec.restore_from:
            self._require_copy()
        is_kept = bool(spec.snapshot_as) and self._snapshot(found)
        self._note_copies()
        if spec.restore_from:
            if not is_kept:
                raise VolumeError(f"{spec.restore_from} was not put back: what /data holds now would be lost")
            found = self._restore()
        self._clear()
        replace_text(self._volume / PREPARED_FILE, str(spec.release_number))
        return found

    def _count(self, folder: Path, what: str, seconds: float) -> Count:
        """Told of only when it takes longer than a moment."""
        quick = count_files(folder, min(seconds, QUICK_SECONDS), is_cancelled=self._is_cancelled)
        if quick.is_complete or seconds <= QUICK_SECONDS:
            return quick
        self._step(f"looking at {what}", seconds)
        found = count_files(folder, seconds, is_cancelled=self._is_cancelled)
        if self._is_cancelled():
            raise CopyCancelled
        return found

    def _snapshot(self, found: Count) -> bool:
        """
        Whether all that is in the volume is in a copy now.

        A machine without room for the copy, or too slow for it, costs the copy, never a deployment that keeps the data.
        """
        target = snapshot_path(self._data_dir, self._spec.space_id, safe(self._spec.snapshot_as))
        with os.scandir(self._data) as entries:
            is_empty = next(entries, None) is None
        if target.exists() or is_empty:
            return True
        if (problem := self._no_room(found)) is not None:
            self._log(f"no copy of /data {problem}")
            return False
        target.parent.mkdir(exist_ok=True, mode=0o700)
        try:
            making = self._copied(self._data, found)
            # A copy is as old as its making, not as what it was made of.
            os.utime(making)
            making.rename(target)
        except (OSError, CopyTooSlow) as error:
            set_aside(self._volume / MAKING, self._volume)
            why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            self._log(f"no copy of /data was made before this start: {why}")
            return False
        self._prune(target.parent)
        return True

    def _no_room(self, found: Count) -> str | None:
        """Why a copy is not even begun."""
        if not found.is_complete:
            return "was made before this start: it has too many files to be counted"
        if found.used_bytes * 2 > _free_bytes(self._data):
            size = bytes_in_words(found.used_bytes)
            return f"({size}) was made before this start: the machine's disk is nearly full"
        return None

    def _prune(self, snapshots: Path) -> None:
        """Keep the newest copies and those in use."""
        oldest_first = sorted(snapshots.iterdir(), key=lambda path: path.stat().st_mtime)
        for old in oldest_first[:-SNAPSHOTS_KEPT]:
            if old.name not in (self._spec.snapshot_as, self._spec.restore_from):
                set_aside(old, self._volume)

    def _note_copies(self) -> None:
        """
        Tell the owner what the copies take beside the quota: it holds for what the app writes, not for what we keep.

        No deployment fails because they cannot be counted.
        """
        copies = snapshot_path(self._data_dir, self._spec.space_id, "any").parent
        note = copies_size_path(self._data_dir, self._spec.space_id)
        try:
            found = self._count(copies, "the copies of /data", COUNT_SECONDS) if copies.exists() else Count()
            if found.is_complete:
                replace_text(note, str(found.used_bytes))
                return
        except OSError as error:
            log.warning("copies_not_counted", space_id=self._spec.space_id, error=str(error))
        note.unlink(missing_ok=True)

    def _require_copy(self) -> Path:
        """The copy that is to be put back. Raises: VolumeError."""
        name = self._spec.restore_from
        source = snapshot_path(self._data_dir, self._spec.space_id, safe(name))
        if not source.is_dir():
            raise VolumeError(f"the copy {name} of /data is not there any more: choose another one")
        return source

    def _restore(self) -> Count:
        """Returns what is in the volume afterwards."""
        name, source = self._spec.restore_from, self._require_copy()
        found = self._count(source, f"the copy {name}", COUNT_SECONDS)
        if not found.is_complete:
            raise VolumeError(f"{name} was not put back: it has too many files to be counted")
        making = self._copied(source, found)
        # Where the instance before still writes to it, the next preparation removes the rest.
        self._data.rename(replaced(self._data))
        making.rename(self._data)
        set_aside(replaced(self._data), self._volume)
        self._log(f"/data is as it was in the copy {name}")
        return found

    def _copied(self, source: Path, found: Count) -> Path:
        """A finished copy under the name of an unfinished one. Raises: CopyTooSlow, CopyCancelled, OSError."""
        making = self._volume / MAKING
        what = f"copying /data ({bytes_in_words(found.used_bytes)})"
        patience = copy_seconds(found.used_bytes, found.files)
        self._step(what, patience)
        late_at = time.monotonic() + patience
        try:
            left_out = copy_tree(source, making, lambda: self._is_cancelled() or time.monotonic() >= late_at)
        except CopyCancelled:
            if self._is_cancelled():
                raise
            set_aside(making, self._volume)
            raise CopyTooSlow(f"{what} took longer than {seconds_in_words(patience)}") from None
        if left_out:
            self._log(
                f"{left_out} entries of /data were left out of its copy (pipes, sockets, what is nested too deeply)"
            )
        return making

    def _clear(self) -> None:
        clear(self._volume, self._is_cancelled, self._step)


def _free_bytes(folder: Path) -> int:
    figures = os.statvfs(folder)
    return figures.f_bavail * figures.f_frsize
