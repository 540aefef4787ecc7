"""One suite for every store of large files."""

import asyncio
import hashlib
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.s3_server import running_s3

from spaceport.adapters.disk_objects import DiskObjects
from spaceport.adapters.s3_objects import S3Objects
from spaceport.domain.blob import StoredBlob
from spaceport.errors import BadRequest, EntryNotFound
from spaceport.interfaces import Objects

MIB = 1024**2
CONTENT = os.urandom(3 * MIB + 17)
NAME = hashlib.sha256(CONTENT).hexdigest()


async def pieces(content: bytes, size: int = 64 * 1024) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


def put(objects: Objects, content: bytes = CONTENT, sha256: str | None = None, size: int | None = None) -> StoredBlob:
    return asyncio.run(objects.put(pieces(content), sha256, size))


def read(objects: Objects, sha256: str, first: int = 0, last: int | None = None) -> bytes:
    async def collect() -> bytes:
        return b"".join([block async for block in objects.read(sha256, first, last)])

    return asyncio.run(collect())


@pytest.fixture(scope="session")
def s3() -> Iterator[Callable[[Path], S3Objects]]:
    with running_s3() as make:
        yield make


@pytest.fixture(params=["disk", pytest.param("s3", marks=pytest.mark.s3)])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    if request.param == "disk":
        return DiskObjects(tmp_path / "objects")
    make: Callable[[Path], Objects] = request.getfixturevalue("s3")
    return make(tmp_path / "incoming")


def test_bytes_are_named_by_their_hash_and_read_back(objects: Objects) -> None:
    assert put(objects) == StoredBlob(NAME, len(CONTENT))

    assert objects.size(NAME) == len(CONTENT)
    assert read(objects, NAME) == CONTENT
    with objects.open_file(NAME) as file:
        assert bytes(file.read(100)) == CONTENT[:100]


def test_the_same_bytes_twice_are_one_object(objects: Objects) -> None:
    put(objects, CONTENT, NAME, len(CONTENT))
    put(objects, CONTENT, NAME, len(CONTENT))

    assert [stored for stored, _ in objects.all() if stored.sha256 == NAME] == [StoredBlob(NAME, len(CONTENT))]


@pytest.mark.parametrize(("first", "last"), [(0, 0), (5, 5), (MIB - 1, MIB), (100, 2 * MIB + 3), (3 * MIB, None)])
def test_a_range_is_exactly_those_bytes(objects: Objects, first: int, last: int | None) -> None:
    put(objects)

    assert read(objects, NAME, first, last) == CONTENT[first : None if last is None else last + 1]


@pytest.mark.parametrize(("first", "last"), [(0, None), (MIB, 9 * MIB + 4), (4 * MIB - 1, 8 * MIB), (8 * MIB, None)])
def test_long_reads_are_whole_and_in_order(objects: Objects, first: int, last: int | None) -> None:
    content = os.urandom(9 * MIB + 5)
    stored = put(objects, content)

    assert read(objects, stored.sha256, first, last) == content[first : None if last is None else last + 1]


def test_an_empty_file_is_an_object_too(objects: Objects) -> None:
    stored = put(objects, b"")

    assert objects.size(stored.sha256) == 0
    assert read(objects, stored.sha256) == b""
    assert read(objects, stored.sha256, 0, -1) == b""


@pytest.mark.parametrize(
    ("sha256", "size", "said"),
    [
        ("0" * 64, None, "SHA-256"),
        (None, len(CONTENT) - 1, "more than"),
        (None, len(CONTENT) + 1, "arrived"),
    ],
)
def test_other_bytes_than_announced_leave_nothing(
    objects: Objects, sha256: str | None, size: int | None, said: str
) -> None:
    other = CONTENT[::-1]

    with pytest.raises(BadRequest, match=said):
        put(objects, other, sha256, size)

    assert objects.size(hashlib.sha256(other).hexdigest()) is None
    assert list(objects.staging.iterdir()) == []


def test_an_upload_that_breaks_off_leaves_nothing(objects: Objects) -> None:
    content = os.urandom(MIB)

    async def broken() -> AsyncIterator[bytes]:
        yield content
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        asyncio.run(objects.put(broken(), hashlib.sha256(content).hexdigest()))

    assert objects.size(hashlib.sha256(content).hexdigest()) is None
    assert list(objects.staging.iterdir()) == []


def test_a_file_from_staging_is_adopted(objects: Objects) -> None:
    path = objects.staging / "parts"
    path.write_bytes(CONTENT)

    assert objects.adopt(path, NAME, len(CONTENT)) == StoredBlob(NAME, len(CONTENT))

    assert not path.exists()
    assert read(objects, NAME) == CONTENT


def test_a_wrong_file_in_staging_stays_there(objects: Objects) -> None:
    path = objects.staging / "parts"
    path.write_bytes(CONTENT + b"more")

    with pytest.raises(BadRequest):
        objects.adopt(path, NAME)
    with pytest.raises(BadRequest):
        objects.adopt(path, None, len(CONTENT))

    assert path.exists()


def test_only_staging_is_adopted(objects: Objects, tmp_path: Path) -> None:
    path = tmp_path / "elsewhere"
    path.write_bytes(CONTENT)

    with pytest.raises(ValueError, match="staging"):
        objects.adopt(path)


def test_what_is_not_there_says_so(objects: Objects) -> None:
    absent = hashlib.sha256(b"absent").hexdigest()

    assert objects.size(absent) is None
    with pytest.raises(EntryNotFound):
        read(objects, absent)
    with pytest.raises(EntryNotFound):
        objects.open_file(absent)
    objects.remove(absent)


def test_what_is_removed_is_gone(objects: Objects) -> None:
    stored = put(objects, b"for a while")

    objects.remove(stored.sha256)

    assert objects.size(stored.sha256) is None


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_a_name_is_never_a_path(objects: Objects, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        objects.size(name)


def test_old_staging_is_cleared_and_new_stays(objects: Objects) -> None:
    old, new = objects.staging / "old", objects.staging / "new"
    for path in (old, new):
        path.write_bytes(b"x")
    yesterday = (datetime.now(UTC) - timedelta(days=2)).timestamp()
    os.utime(old, (yesterday, yesterday))

    assert objects.clear_staging(24 * 3600) == 1

    assert [path.name for path in objects.staging.iterdir()] == ["new"]


def test_many_uploads_of_the_same_bytes_at_once(objects: Objects) -> None:
    content = os.urandom(MIB)
    done: list[StoredBlob] = []
    threads = [threading.Thread(target=lambda: done.append(put(objects, content))) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(done)) == 1
    assert len(done) == 8
    assert read(objects, done[0].sha256) == content
