"""
Copies a folder that somebody else may be writing to, be it out of malice.

Every step goes through handles of folders and follows no link: a program that runs as root and used paths could be
led to files elsewhere by who swaps a folder for a link at the right moment.
"""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import ENXIO
from pathlib import Path

#: Folders inside folders that are copied; each costs a file handle.
DEEPEST = 100
#: Bytes handed to the kernel at once: between two pieces a copy can be called off.
PIECE_BYTES = 64 * 1024**2
READ_BYTES = 1024**2


class CopyCancelled(Exception):
    """Nobody wants the copy any more; what there is of it is the caller's to remove."""


def copy_tree(source: Path, target: Path, is_cancelled: Callable[[], bool] = lambda: False) -> int:
    """
    Copy a folder to ``target``, which must not exist. Returns how many entries were left out.

    Owners, rights, times, links and holes are kept; where the file system can, files share their blocks. Left out are
    pipes, sockets, what vanished meanwhile and what is nested too deeply. A file that changes meanwhile may be copied
    as it was before, after or in between.

    Raises: OSError, CopyCancelled.
    """
    os.mkdir(target, 0o700)
    with _folder(source) as from_here, _folder(target) as to_here:
        copier = _Copier(to_here, is_cancelled)
        copier.copy(from_here, to_here, "", 1)
        return copier.left_out


class _Copier:
    def __init__(self, root: int, is_cancelled: Callable[[], bool]) -> None:
        self._root = root
        self._is_cancelled = is_cancelled
        #: Files with several names: device and inode -> the copy's path below the root.
        self._linked: dict[tuple[int, int], str] = {}
        self.left_out = 0

    def copy(self, source: int, target: int, path: str, depth: int) -> None:
        """One folder; rights and times last, so that it can be written to until then."""
        for name in os.listdir(source):
            if self._is_cancelled():
                raise CopyCancelled
            try:
                self._entry(source, target, name, os.path.join(path, name), depth)
            except FileNotFoundError:
                self.left_out += 1
        _dress(target, os.fstat(source))

    def _entry(self, source: int, target: int, name: str, path: str, depth: int) -> None:
        found = os.stat(name, dir_fd=source, follow_symlinks=False)
        if stat.S_ISDIR(found.st_mode) and depth < DEEPEST:
            with _folder(name, source) as below:
                os.mkdir(name, 0o700, dir_fd=target)
                with _folder(name, target) as copied:
                    self.copy(below, copied, path, depth + 1)
        elif stat.S_ISLNK(found.st_mode):
            os.symlink(os.readlink(name, dir_fd=source), name, dir_fd=target)
            with suppress(PermissionError):
                os.chown(name, found.st_uid, found.st_gid, dir_fd=target, follow_symlinks=False)
        elif stat.S_ISREG(found.st_mode):
            self._file(source, target, name, path)
        else:
            self.left_out += 1

    def _file(self, source: int, target: int, name: str, path: str) -> None:
        # Not to wait for the other end, should it have become a pipe since.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        reading = os.open(name, flags, dir_fd=source)
        try:
            found = os.fstat(reading)
            if not stat.S_ISREG(found.st_mode):
                self.left_out += 1
                return
            earlier = self._linked.get((found.st_dev, found.st_ino)) if found.st_nlink > 1 else None
            if earlier is not None:
                os.link(earlier, name, src_dir_fd=self._root, dst_dir_fd=target, follow_symlinks=False)
                return
            self._linked[found.st_dev, found.st_ino] = path
            writing = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=target)
            try:
                self._content(reading, writing, found.st_size)
                _dress(writing, found)
            finally:
                os.close(writing)
        finally:
            os.close(reading)

    def _content(self, reading: int, writing: int, size: int) -> None:
        """At most ``size`` bytes, so that a file that grows all the time comes to an end."""
        for begin, end in _data(reading, size):
            while begin < end:
                if self._is_cancelled():
                    raise CopyCancelled
                copied = _piece(reading, writing, begin, min(end - begin, PIECE_BYTES))
                if copied == 0:
                    break
                begin += copied
        os.ftruncate(writing, size)


def _data(file: int, size: int) -> Iterator[tuple[int, int]]:
    """Where a file has content; the rest is holes. Source: lseek(2), SEEK_DATA."""
    position = 0
    while position < size:
        try:
            begin = os.lseek(file, position, os.SEEK_DATA)
        except OSError as error:
            if error.errno != ENXIO:
                raise
            return
        position = min(size, os.lseek(file, begin, os.SEEK_HOLE))
        yield begin, position


def _piece(reading: int, writing: int, offset: int, count: int) -> int:
    """In the kernel, which shares blocks where it can, else by hand."""
    try:
        return os.copy_file_range(reading, writing, count, offset, offset)
    except OSError:
        content = os.pread(reading, min(count, READ_BYTES), offset)
        return os.pwrite(writing, content, offset)


def _dress(handle: int, like: os.stat_result) -> None:
    """Owner first: giving a file away takes rights of it. Only root can give away."""
    with suppress(PermissionError):
        os.fchown(handle, like.st_uid, like.st_gid)
    os.fchmod(handle, stat.S_IMODE(like.st_mode))
    os.utime(handle, ns=(like.st_atime_ns, like.st_mtime_ns))


@contextmanager
def _folder(path: str | Path, parent: int | None = None) -> Iterator[int]:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
    try:
        yield handle
    finally:
        os.close(handle)
