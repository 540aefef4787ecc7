"""
Repos that apps see as folders: fetched once for each commit, shared by all apps that mount it, read-only for them.

Below ``mounts`` in the runner's own folder::

    snapshots/NAME      the files of a repo at a commit, or of a folder of it
    files/ab/abcd...    the same files by their ids, under a second name: later commits do not fetch them again
    instances/ID        the snapshots that an instance has, one a line
    .making, .gone      what is not finished, and what waits to be removed
"""

import errno
import os
import shutil
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from spaceport_runner.contract import InstanceSpec, MountSpec
from spaceport_runner.copy_time import Step, copy_seconds
from spaceport_runner.engines.engine import Mounted
from spaceport_runner.fetch_line import FetchLine, LineTooSlow
from spaceport_runner.fetch_room import FetchRoom, NoRoom, free_bytes_of
from spaceport_runner.garbage import Stored
from spaceport_runner.hub_answers import FetchCancelled
from spaceport_runner.mount_source import Listing, MountedFile, MountError, called, fetch_files, listing_of
from spaceport_runner.reasons import bytes_in_words
from spaceport_runner.settings import RunnerSettings
from spaceport_runner.whole_trees import remove_tree

#: Seconds after which a snapshot goes that no app has mounted since, though the disk has room.
UNUSED_SECONDS = 7 * 86_400.0
#: Seconds between two looks at whether another start has fetched it.
_LOOK_SECONDS = 0.1

Log = Callable[[str], None]


class Mounts:
    """All that a runner has mounted. One object for each process; may be used from several threads."""

    def __init__(self, settings: RunnerSettings, free_bytes: Callable[[Path], int] = free_bytes_of) -> None:
        self.folder = settings.runner_dir / "mounts"
        self._settings = settings
        self._snapshots = self.folder / "snapshots"
        self._files = self.folder / "files"
        self._instances = self.folder / "instances"
        self._making, self._gone = self.folder / ".making", self.folder / ".gone"
        #: Held while it is decided what is used; never while something is fetched.
        self._lock = threading.Lock()
        self._turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._fetching = 0
        self._line = FetchLine()
        self._room = FetchRoom(self.folder, settings.disk_reserve_bytes, free_bytes)

    def prepare(self, spec: InstanceSpec, log: Log, cancelled: threading.Event, step: Step) -> tuple[Mounted, ...]:
        """
        The folders that an instance mounts, fetched where they are not there yet; ``step`` is told of what takes long.

        They stay until ``forget_all_but`` is called without the instance. Raises: MountError, FetchCancelled, OSError.
        """
        return tuple(self._prepare_one(spec.instance_id, mount, log, cancelled, step) for mount in spec.mounts)

    def stored(self) -> list[Stored]:
        """All snapshots; the age is that of the last use."""
        with self._lock:
            used, now = self._used(), time.time()
            found = self._snapshots.iterdir() if self._snapshots.is_dir() else ()
            return [Stored(each.name, max(0.0, now - each.stat().st_mtime), each.name in used) for each in found]

    def forget_all_but(self, instance_ids: Collection[str]) -> None:
        """Instances that are not among these have nothing mounted any more."""
        with self._lock:
            for record in self._records():
                if record.name not in instance_ids:
                    for name in record.read_text().split():
                        if (self._snapshots / name).is_dir():
                            os.utime(self._snapshots / name)
                    record.unlink()

    def remove(self, name: str) -> None:
        """A snapshot that no instance has, with the files that only it had. Raises: TreeError, OSError."""
        with self._lock:
            if name in self._used():
                return
            self._set_aside(self._snapshots / name)
        self.clear_leftovers()
        self.drop_lone_files()

    def clear_leftovers(self) -> None:
        """What is unfinished for ever, and what was to be removed. Raises: TreeError, OSError."""
        with self._lock:
            if not self._fetching and self._making.exists():
                self._set_aside(self._making)
        remove_tree(self._gone)

    def drop_lone_files(self) -> None:
        """
        Files with no second name are in no snapshot: what is left of fetches that failed, so that the next goes on with
        it. Those that are being fetched now have none yet. Raises: OSError.
        """
        with self._lock:
            if not self._fetching:
                for path in self._files.glob("*/*"):
                    if path.stat().st_nlink == 1:
                        path.unlink()

    def _prepare_one(
        self, instance_id: str, mount: MountSpec, log: Log, cancelled: threading.Event, step: Step
    ) -> Mounted:
        log(f"Mounting {mount.name} at {mount.inside}")
        listing = listing_of(mount, cancelled)
        patience = copy_seconds(listing.size_bytes, len(listing.files))

        def wait() -> None:
            # Who fetches it may be waiting in the line.
            step(f"waiting for {called(mount)}", self._line.seconds + patience)

        self._hold(instance_id, listing.snapshot)
        folder = self._snapshots / listing.snapshot
        with self._turn(listing.snapshot, cancelled, wait):
            if not folder.is_dir():
                self._fetch_in_line(mount, listing, folder, log, cancelled, step, patience)
        os.utime(folder)
        log(f"{mount.inside} is {mount.name} at the commit {listing.sha[:7]}")
        return Mounted(folder, mount.inside)

    def _hold(self, instance_id: str, name: str) -> None:
        """On record before it is looked for, so that nobody removes it in between."""
        with self._lock:
            self._instances.mkdir(parents=True, exist_ok=True)
            with (self._instances / instance_id).open("a") as record:
                record.write(f"{name}\n")

    @contextmanager
    def _turn(self, name: str, cancelled: threading.Event, wait: Callable[[], None]) -> Iterator[None]:
        """One start fetches it, others wait for that one."""
        lock = self._turns[name]
        if not lock.acquire(blocking=False):
            wait()
            while not lock.acquire(timeout=_LOOK_SECONDS):
                if cancelled.is_set():
                    raise FetchCancelled
        try:
            yield
        finally:
            lock.release()

    def _fetch_in_line(
        self,
        mount: MountSpec,
        listing: Listing,
        folder: Path,
        log: Log,
        cancelled: threading.Event,
        step: Step,
        patience: float,
    ) -> None:
        def wait(seconds: float) -> None:
            step(f"waiting to fetch {called(mount)} until others are fetched", seconds)

        self._check_limit(mount, listing)
        try:
            with self._line.place(patience, cancelled, wait):
                self._fetch(mount, listing, folder, log, cancelled, step)
        except LineTooSlow as error:
            raise MountError(
                f"{called(mount)} could not be fetched in time, for others were being fetched: restart the Space"
            ) from error
        except NoRoom as error:
            # What came of it would only keep others from it.
            self.drop_lone_files()
            raise MountError(f"{called(mount)} does not fit on the disk of this machine: {error}") from error

    def _fetch(
        self, mount: MountSpec, listing: Listing, folder: Path, log: Log, cancelled: threading.Event, step: Step
    ) -> None:
        with self._lock:
            self._fetching += 1
        try:
            missing = [file for file in _once_each(listing) if not self._place_of(file).exists()]
            size_bytes = sum(file.size_bytes for file in missing)
            with self._room.promised(size_bytes) as promise:
                patience = copy_seconds(size_bytes, len(listing.files))
                step(f"fetching {called(mount)} ({bytes_in_words(size_bytes)})", patience)
                log(f"Fetching {mount.name}: {bytes_in_words(size_bytes)} of {len(listing.files)} files")
                fetch_files(mount, missing, self._place_of, cancelled, time.monotonic() + patience, promise)
            self._link(listing, folder)
        finally:
            with self._lock:
                self._fetching -= 1

    def _check_limit(self, mount: MountSpec, listing: Listing) -> None:
        """Raises: MountError."""
        limit = self._settings.mount_limit_bytes
        if listing.size_bytes > limit:
            size, most = bytes_in_words(listing.size_bytes), bytes_in_words(limit)
            raise MountError(
                f"{called(mount)} holds {size}, more than the {most} that may be mounted here: mount a folder of its "
                "repo, or ask the admin for more"
            )

    def _link(self, listing: Listing, folder: Path) -> None:
        """The files under the names that they have in the repo; there as a whole or not at all."""
        making = self._making / uuid4().hex
        making.mkdir(parents=True)
        try:
            for file in listing.files:
                path = making / file.path
                path.parent.mkdir(parents=True, exist_ok=True)
                _link(self._place_of(file), path)
            for inner, _, _ in os.walk(making):
                # For users that have no part in it.
                os.chmod(inner, 0o755)
            folder.parent.mkdir(exist_ok=True)
            making.rename(folder)
        except OSError:
            shutil.rmtree(making, ignore_errors=True)
            raise

    def _set_aside(self, folder: Path) -> None:
        self._gone.mkdir(exist_ok=True)
        folder.rename(self._gone / uuid4().hex)

    def _used(self) -> set[str]:
        return {name for record in self._records() for name in record.read_text().split()}

    def _records(self) -> list[Path]:
        return list(self._instances.iterdir()) if self._instances.is_dir() else []

    def _place_of(self, file: MountedFile) -> Path:
        return self._files / file.object_id[:2] / file.object_id


def _once_each(listing: Listing) -> list[MountedFile]:
    """Several files of a repo may have the same content."""
    return list({file.object_id: file for file in listing.files}.values())


def _link(file: Path, path: Path) -> None:
    """A copy where a file has as many names as its disk allows."""
    try:
        os.link(file, path)
    except OSError as error:
        if error.errno != errno.EMLINK:
            raise
        shutil.copy2(file, path)
