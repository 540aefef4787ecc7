"""What the hub refuses to take in: what its disk has no room for, and more than a user may leave uncommitted."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from spaceport.domain.blob import Blob
from spaceport.errors import AccessDenied, NoRoom
from spaceport.repos.disk_room import check_room, check_uncommitted, with_room
from spaceport.repos.lfs import parts
from spaceport.repos.lfs.ticket import Operation, TransferTicket
from spaceport.settings import Settings
from tests.unit.factories import NOW
from tests.unit.services import make_bench

SHA = "ab" * 32
MIB = 1024**2
TICKET = TransferTicket(Operation.UPLOAD, "repo", "user", SHA, 3 * MIB + 5, 0, MIB)


async def pieces(*contents: bytes) -> AsyncIterator[bytes]:
    for content in contents:
        yield content


async def drained(source: AsyncIterator[bytes]) -> int:
    return sum([len(chunk) async for chunk in source])


def test_a_twentieth_of_a_small_disk_is_kept_free_and_more_of_none(tmp_path: Path) -> None:
    usage = shutil.disk_usage(tmp_path)
    kept = min(usage.total // 20, 5 * 1024**3)
    settings = Settings(disk_reserve_bytes=10**18)

    check_room(Settings(disk_reserve_bytes=1), tmp_path)
    with pytest.raises(NoRoom, match="ask the admin"):
        check_room(settings, tmp_path, usage.free - usage.total // 20 + 512 * MIB)
    with pytest.raises(NoRoom):
        check_room(Settings(), tmp_path, usage.free - kept + 512 * MIB)


def test_the_disk_is_looked_at_while_bytes_come_in(tmp_path: Path) -> None:
    """A stream that announces nothing, and would not fit."""

    class Huge(bytes):
        def __len__(self) -> int:
            return 2**62

    source = with_room(Settings(disk_reserve_bytes=1), tmp_path, pieces(b"small", Huge(b"x")))

    with pytest.raises(NoRoom):
        asyncio.run(drained(source))


def test_what_a_branch_names_is_not_counted(tmp_path: Path) -> None:
    services = make_bench(tmp_path).services
    services = replace(services, settings=replace(services.settings, max_uncommitted_bytes_per_user=100))
    with services.database.begin() as tx:
        tx.blobs.add(Blob(SHA, 60, None, NOW))
        tx.blobs.grant("repo", SHA, "user")
        tx.xorbs.note_sent("xorb", "user", 30)

    check_uncommitted(services, "user", 10)
    check_uncommitted(services, "eve", 100)
    with pytest.raises(AccessDenied, match="that no branch names: commit what"):
        check_uncommitted(services, "user", 11)
    with pytest.raises(AccessDenied):
        check_uncommitted(services, "user", 1, in_parts_bytes=10)
    with services.database.begin() as tx:
        tx.blobs.take_on("repo", [SHA])
        tx.blobs.grant("repo", SHA, "user")
    check_uncommitted(services, "user", 70)
    with services.database.begin() as tx:
        tx.xorbs.forget_sent_before(NOW + timedelta(days=10_000))
    check_uncommitted(services, "user", 100)


def test_only_bytes_that_came_are_counted_of_an_upload_in_parts(tmp_path: Path) -> None:
    asyncio.run(parts.write(tmp_path, TICKET, MIB, MIB, pieces(b"x" * MIB)))

    assert MIB <= parts.bytes_of(tmp_path, "user") < 2 * MIB
    assert parts.bytes_of(tmp_path, "eve") == 0
