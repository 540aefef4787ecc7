"""A commit as a tar in which large files stand in place of their pointers, streamed."""

import io
import os
import subprocess
import tarfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import IO

import structlog

from spaceport.errors import EntryNotFound, SpaceportError
from spaceport.interfaces import Objects
from spaceport.repos.files import is_usable
from spaceport.repos.pointers import may_be_pointer, parse_pointer

log = structlog.get_logger()
_BLOCK_BYTES = 1024**2


def filled_archive(
    arguments: Sequence[str], environment: Mapping[str, str], objects: Objects, large_files: Mapping[str, int]
) -> Iterator[bytes]:
    """
    What ``git archive`` writes, with the bytes of the large files that the repo may use.

    git runs as long as somebody reads. Raises: EntryNotFound in the middle, when git fails or a file is missing: what
    was read so far must not be taken for the whole.
    """
    process = subprocess.Popen(
        arguments, env=dict(environment), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    read_end, write_end = os.pipe()
    problems: list[Exception] = []
    filler = threading.Thread(target=_fill, args=(process, write_end, objects, large_files, problems), daemon=True)
    filler.start()
    try:
        while block := os.read(read_end, _BLOCK_BYTES):
            yield block
        filler.join()
        if problems or process.wait() != 0:
            raise EntryNotFound("the commit could not be read to its end") from (problems[0] if problems else None)
    finally:
        os.close(read_end)
        process.kill()
        process.wait()
        filler.join()


def _fill(
    process: "subprocess.Popen[bytes]",
    write_end: int,
    objects: Objects,
    large_files: Mapping[str, int],
    problems: list[Exception],
) -> None:
    """Runs in a thread of its own: a tar is written in one go, and read in pieces."""
    assert process.stdout is not None
    try:
        with open(write_end, "wb", buffering=_BLOCK_BYTES) as target, process.stdout as source:
            replace_pointers(source, target, objects, large_files)
    except (OSError, tarfile.TarError, SpaceportError) as error:
        # Nobody reads any more, or the commit is damaged: in both cases whoever reads is told so.
        log.info("an archive was ended early", why=str(error))
        problems.append(error)


def replace_pointers(source: IO[bytes], target: IO[bytes], objects: Objects, large_files: Mapping[str, int]) -> None:
    """Copy a tar. Raises: EntryNotFound for a large file that is not stored, OSError, tarfile.TarError."""
    with (
        tarfile.open(fileobj=source, mode="r|", bufsize=_BLOCK_BYTES) as old,
        tarfile.open(fileobj=target, mode="w|", format=tarfile.PAX_FORMAT, bufsize=_BLOCK_BYTES) as new,
    ):
        for member in old:
            content = old.extractfile(member) if member.isreg() else None
            if content is None:
                new.addfile(member)
                continue
            if not may_be_pointer(member.size):
                new.addfile(member, content)
                continue
            text = content.read()
            pointer = parse_pointer(text)
            if pointer is None or not is_usable(pointer, large_files):
                new.addfile(member, io.BytesIO(text))
                continue
            member.size = pointer.size_bytes
            with objects.open_file(pointer.sha256) as file:
                new.addfile(member, file)
