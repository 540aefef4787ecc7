"""What is collected while others upload, commit and make branches at the same moment."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pygit2
import pytest

from spaceport.adapters.disk_objects import DiskObjects
from spaceport.domain.blob import StoredBlob
from spaceport.domain.repo import Repo, RepoType
from spaceport.errors import Unavailable
from spaceport.repos.collecting import collect_large_files
from spaceport.repos.large_files import REMOVAL_SECONDS, keep_large_file, renew
from spaceport.repos.paths import repo_path
from spaceport.repos.pointers import Pointer
from spaceport.services import Services
from tests.unit.factories import NOW
from tests.unit.services import make_bench

CONTENT = b"bytes"
NAME = hashlib.sha256(CONTENT).hexdigest()
MODEL = "a" * 24
STORED = StoredBlob(NAME, len(CONTENT))


class WatchedObjects(DiskObjects):
    """Calls somebody in the moment in which bytes go."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.before_removal: Callable[[], object] = lambda: None

    def remove(self, sha256: str) -> None:
        self.before_removal()
        super().remove(sha256)


class LateClock:
    """So many hours later than it is."""

    def __init__(self, hours: float) -> None:
        self._later = timedelta(hours=hours)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._later


@pytest.fixture
def objects(tmp_path: Path) -> WatchedObjects:
    return WatchedObjects(tmp_path / "objects")


@pytest.fixture
def services(tmp_path: Path, objects: WatchedObjects) -> Services:
    return replace(make_bench(tmp_path / "data").services, objects=objects, clock=LateClock(0))


def put(services: Services) -> None:
    async def once() -> AsyncIterator[bytes]:
        yield CONTENT

    asyncio.run(services.objects.put(once()))


def collect(services: Services, hours: float) -> int:
    return collect_large_files(replace(services, clock=LateClock(hours)))


def is_granted(services: Services, repo_id: str = MODEL) -> bool:
    with services.database.read() as tx:
        return tx.blobs.is_granted(repo_id, NAME)


@pytest.fixture
def unnamed(services: Services) -> None:
    """A model without commits may use the file."""
    pygit2.init_repository(str(repo_path(services.settings.data_dir, MODEL, RepoType.MODEL)), bare=True)
    with services.database.begin() as tx:
        tx.repos.add(Repo(MODEL, RepoType.MODEL, "user", "ada", "tiny", False, NOW, NOW))
    put(services)
    keep_large_file(services, MODEL, STORED)


@pytest.mark.usefixtures("unnamed")
def test_a_right_goes_when_two_rounds_found_no_commit_that_names_the_file(services: Services) -> None:
    assert collect(services, 25) == 0
    assert collect(services, 25.1) == 0
    assert is_granted(services)

    assert collect(services, 26) == 1
    assert not is_granted(services)
    assert services.objects.size(NAME) is None


@pytest.mark.usefixtures("unnamed")
def test_a_right_that_is_renewed_between_two_rounds_stays(services: Services) -> None:
    assert collect(services, 25) == 0
    assert renew(services, MODEL, [Pointer(NAME, len(CONTENT))]) == []

    assert collect(services, 26) == 0
    assert is_granted(services)


def test_renewing_tells_what_the_repo_may_not_use_any_more(services: Services) -> None:
    pointer = Pointer(NAME, len(CONTENT))

    assert renew(services, MODEL, [pointer, pointer]) == [pointer, pointer]


def test_who_uploads_while_the_bytes_go_is_told_to_try_again(services: Services, objects: WatchedObjects) -> None:
    """And does not wait: bytes go outside of transactions."""
    put(services)
    told: list[str] = []

    def upload() -> None:
        put(services)
        with pytest.raises(Unavailable) as refused:
            keep_large_file(services, MODEL, STORED)
        told.append(str(refused.value))

    objects.before_removal = upload

    assert collect(services, 25) == 1
    assert told == ["the file was removed while it arrived: send it again"]
    assert not is_granted(services)
    put(services)
    keep_large_file(services, MODEL, STORED)
    assert is_granted(services)


def test_who_comes_after_the_bytes_went_is_told_and_leaves_no_right(services: Services) -> None:
    with pytest.raises(Unavailable, match="send it again"):
        keep_large_file(services, MODEL, STORED)

    assert not is_granted(services)
    with services.database.read() as tx:
        assert tx.blobs.get(NAME) is None


def test_a_removal_that_was_cut_off_holds_nobody_up_for_long(services: Services, objects: WatchedObjects) -> None:
    put(services)

    def fail() -> None:
        raise Unavailable("the store of large files does not answer")

    objects.before_removal = fail
    with pytest.raises(Unavailable):
        collect(services, 25)
    objects.before_removal = lambda: None

    later = replace(services, clock=LateClock(25 + REMOVAL_SECONDS / 3600 + 1))
    keep_large_file(later, MODEL, STORED)
    assert is_granted(services)
    assert services.objects.size(NAME) == len(CONTENT)


def test_the_next_round_ends_a_removal_that_was_cut_off(services: Services, objects: WatchedObjects) -> None:
    put(services)
    objects.before_removal = lambda: (_ for _ in ()).throw(Unavailable("away"))
    with pytest.raises(Unavailable):
        collect(services, 25)
    objects.before_removal = lambda: None

    assert collect(services, 50) == 1
    assert services.objects.size(NAME) is None
    with services.database.read() as tx:
        assert tx.blobs.get(NAME) is None
