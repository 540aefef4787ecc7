"""Unpacks a tar of somebody else's files without believing a word of it."""

import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, cast

from spaceport_runner.reasons import bytes_in_words

#: Characters of a name or link target. Longer ones have been used to get past checks of links (CVE-2025-4517).
_LONGEST_NAME = 1000


class SourceRejected(Exception):
    """The archive holds something that is not unpacked. Messages are plain words for people."""


@dataclass(frozen=True)
class UnpackLimits:
    """Upper bounds of one archive: bytes of all files together, and number of files, folders and links."""

    size_bytes: int
    members: int


def unpack(stream: object, target: Path, limits: UnpackLimits) -> None:
    """
    Unpack a tar stream (anything with ``read``) into the empty folder ``target``.

    Only folders, regular files and links that stay inside arrive. Links are made after everything else is written, so
    that nothing can be written through one; the archive's word on owners and times is ignored.

    Raises: SourceRejected, tarfile.TarError for a damaged archive.
    """
    links: list[tarfile.TarInfo] = []
    size_bytes = 0
    with tarfile.open(fileobj=cast(IO[bytes], stream), mode="r|*") as archive:
        for number, member in enumerate(archive, start=1):
            size_bytes += member.size
            _check_limits(number, size_bytes, limits)
            _check_member(member)
            if member.issym():
                links.append(member)
            elif member.isdir():
                (target / member.name).mkdir(parents=True, exist_ok=True)
            else:
                _write_file(archive, member, target)
    for link in links:
        _make_link(link, target)
    for link in links:
        _check_link(link, target)


def _check_limits(number: int, size_bytes: int, limits: UnpackLimits) -> None:
    if number > limits.members:
        raise SourceRejected(f"the repository has more than {limits.members} files")
    if size_bytes > limits.size_bytes:
        raise SourceRejected(f"the repository's files are larger than {bytes_in_words(limits.size_bytes)}")


def _check_member(member: tarfile.TarInfo) -> None:
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or len(member.name) > _LONGEST_NAME or "\0" in member.name:
        raise SourceRejected(f"the repository has a file with an impossible name: {member.name[:100]!r}")
    if not (member.isreg() or member.isdir() or member.issym()):
        raise SourceRejected(f"the repository has something that is no file, folder or link: {member.name[:100]!r}")


def _write_file(archive: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    path = target / member.name
    content = archive.extractfile(member)
    if content is None:
        raise SourceRejected(f"the repository has a file without content: {member.name[:100]!r}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with content, path.open("xb") as file:
            shutil.copyfileobj(content, file)
        path.chmod(0o755 if member.mode & 0o100 else 0o644)
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise SourceRejected(f"the repository has two files of one name: {member.name[:100]!r}") from error


def _make_link(link: tarfile.TarInfo, target: Path) -> None:
    path = target / link.name
    if len(link.linkname) > _LONGEST_NAME or PurePosixPath(link.linkname).is_absolute():
        raise _leads_outside(link)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(link.linkname)
    except (FileExistsError, NotADirectoryError) as error:
        raise SourceRejected(f"the repository has two files of one name: {link.name[:100]!r}") from error


def _check_link(link: tarfile.TarInfo, target: Path) -> None:
    """Only once all links are there is it known where each one leads."""
    try:
        leads_to = (target / link.name).resolve()
    except (RuntimeError, OSError):
        # Links in a circle lead nowhere, so not outside either.
        return
    if not leads_to.is_relative_to(target.resolve()):
        raise _leads_outside(link)


def _leads_outside(link: tarfile.TarInfo) -> SourceRejected:
    return SourceRejected(
        f"the repository has a link that leads outside: {link.name[:100]!r} -> {link.linkname[:100]!r}"
    )
