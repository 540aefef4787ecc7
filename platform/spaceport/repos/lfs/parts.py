"""
An upload in parts: they come in any order, several at once and again after a failure, into one file on disk.

The file is as long as the whole from its first part on, each part has its place in it, so that nothing is copied at
the end. Behind the whole there is a byte for each part, which says that it came: a file with holes is not even read.
What came before the hub or the client stopped is still there for the next try.
"""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

from spaceport.block_writer import BlockWriter
from spaceport.domain.blob import StoredBlob
from spaceport.errors import BadRequest, Unavailable
from spaceport.interfaces import Objects
from spaceport.repos.lfs.ticket import TransferTicket
from spaceport.to_its_end import to_its_end

#: Stands for a part that is there as a whole.
_CAME = b"\1"
#: The unit of ``st_blocks``. Source: stat(2).
_STAT_BLOCK_BYTES = 512
_BUSY = "another request for this file is not over yet: try again in a moment"


def count(ticket: TransferTicket) -> int:
    return -(-ticket.size_bytes // ticket.chunk_bytes) if ticket.chunk_bytes else 0


def place(ticket: TransferTicket, number: int) -> tuple[int, int]:
    """Where a part begins and how long it is, in bytes. Raises: BadRequest when there is no part of this number."""
    if not 1 <= number <= count(ticket):
        raise BadRequest(f"the parts of this file have the numbers 1 to {count(ticket)}")
    first = (number - 1) * ticket.chunk_bytes
    return first, min(ticket.chunk_bytes, ticket.size_bytes - first)


async def write(staging: Path, ticket: TransferTicket, first: int, length: int, source: AsyncIterator[bytes]) -> str:
    """
    Put one part into its place; returns a tag for it.

    Raises: BadRequest when it is shorter or longer than it must be, Unavailable while the file is being joined.
    """
    digest, arrived, offset = hashlib.sha256(), 0, first
    length_of_all = ticket.size_bytes + count(ticket)
    descriptor = await to_its_end(lambda: _open_shared(path_of(staging, ticket), length_of_all), undo=os.close)

    def put(block: bytes) -> None:
        nonlocal offset
        digest.update(block)
        view = memoryview(block)
        while view:
            written = os.pwrite(descriptor, view, offset)
            view, offset = view[written:], offset + written

    writer = BlockWriter(put)
    try:
        async for chunk in source:
            arrived += len(chunk)
            if arrived > length:
                raise BadRequest(f"the part has more than its {length:,} bytes")
            await writer.feed(chunk)
        await writer.finish()
        if arrived != length:
            raise BadRequest(f"the part has {arrived:,} bytes, not {length:,}: send it again")
        await writer.settle()
        os.pwrite(descriptor, _CAME, ticket.size_bytes + first // ticket.chunk_bytes)
    except BaseException:
        await writer.settle()
        raise
    finally:
        os.close(descriptor)
    return digest.hexdigest()


def join(objects: Objects, ticket: TransferTicket) -> StoredBlob:
    """
    Check the whole file and store it.

    Raises: BadRequest when the bytes are others than announced, Unavailable while a part is still being written.
    """
    path = path_of(objects.staging, ticket)
    with _alone(path) as descriptor:
        missing = _missing(descriptor, ticket)
        if missing:
            raise BadRequest(f"part {missing[0]} has not arrived, nor have {len(missing) - 1} others: send them")
        os.truncate(descriptor, ticket.size_bytes)
        try:
            return objects.adopt(path, ticket.sha256, ticket.size_bytes)
        except BadRequest:
            # Some part is wrong: it may come again, the others need not.
            os.pwrite(descriptor, _CAME * count(ticket), ticket.size_bytes)
            raise


def path_of(staging: Path, ticket: TransferTicket) -> Path:
    """One file for each who uploads a file to a repo, however often a batch is asked for."""
    what = f"{ticket.repo_id}/{ticket.sha256}/{ticket.size_bytes}/{ticket.chunk_bytes}"
    return staging / f"{_of_user(ticket.user_id)}{_hash(what)}"


def bytes_of(staging: Path, user_id: str) -> int:
    """What has come of all uploads of a user that are not over; holes count nothing."""
    sizes = []
    for path in staging.glob(f"{_of_user(user_id)}*"):
        with contextlib.suppress(FileNotFoundError):
            sizes.append(path.stat().st_blocks * _STAT_BLOCK_BYTES)
    return sum(sizes)


def _of_user(user_id: str) -> str:
    return f"parts-{_hash(user_id)[:16]}-"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _missing(descriptor: int, ticket: TransferTicket) -> list[int]:
    marks = os.pread(descriptor, count(ticket), ticket.size_bytes).ljust(count(ticket), b"\0")
    return [number for number, mark in enumerate(marks, 1) if bytes([mark]) != _CAME]


def _open_shared(path: Path, size_bytes: int) -> int:
    """
    The file, open for writing and locked against being joined.

    It may have been joined just before it was locked: then its name is gone, and a new one is begun.

    Raises: Unavailable while it is being joined.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            if _is_at(path, descriptor):
                os.truncate(descriptor, size_bytes)
                return descriptor
        except BlockingIOError as error:
            os.close(descriptor)
            raise Unavailable(_BUSY) from error
        os.close(descriptor)


@contextmanager
def _alone(path: Path) -> Iterator[int]:
    """Raises: BadRequest when no part has come, Unavailable while one is coming."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError as error:
        raise BadRequest("no part of this file has arrived") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield descriptor
    except BlockingIOError as error:
        raise Unavailable(_BUSY) from error
    finally:
        os.close(descriptor)


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False
