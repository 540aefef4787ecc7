"""Whose quota large files count for that come with a pull request."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pygit2
import pytest

from spaceport.domain.blob import StoredBlob
from spaceport.domain.quota import Quota
from spaceport.domain.repo import Repo, RepoType
from spaceport.errors import AccessDenied
from spaceport.owner_usage import usage_of
from spaceport.repos.collecting import collect_large_files
from spaceport.repos.large_files import check_new_pointers, keep_large_file
from spaceport.repos.paths import MAIN, repo_path
from spaceport.repos.pointers import format_pointer
from spaceport.repos.refs import ZERO, Moved
from spaceport.services import Services
from tests.unit.factories import NOW
from tests.unit.services import Bench, make_bench

CONTENT = b"a hundred bytes".ljust(100)
NAME = hashlib.sha256(CONTENT).hexdigest()
MODEL = Repo("a" * 24, RepoType.MODEL, "user", "ada", "tiny", False, NOW, NOW)
PULL = "refs/pr/1"


class Later:
    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(hours=25)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Eve sent a file and proposes a commit that names it; she may not write to the model of Ada."""
    bench = make_bench(tmp_path / "data")
    with bench.services.database.begin() as tx:
        tx.repos.add(MODEL)
    send(bench.services, "eve", is_guest=True)
    return bench


def send(services: Services, sender_id: str, is_guest: bool = False) -> None:
    async def once() -> AsyncIterator[bytes]:
        yield CONTENT

    asyncio.run(services.objects.put(once()))
    keep_large_file(services, MODEL.id, StoredBlob(NAME, len(CONTENT)), sender_id, is_guest=is_guest)


def proposed(services: Services, ref: str | None = PULL) -> str:
    """A commit that names the file."""
    folder = repo_path(services.settings.data_dir, MODEL.id, RepoType.MODEL)
    repo = pygit2.init_repository(str(folder), bare=True)
    try:
        builder = repo.TreeBuilder()
        pointer = repo.create_blob(format_pointer(NAME, len(CONTENT)))
        builder.insert("model.bin", pointer, pygit2.enums.FileMode.BLOB)
        author = pygit2.Signature("eve", "eve@localhost")
        return str(repo.create_commit(ref, author, author, "Propose", builder.write(), []))
    finally:
        repo.free()


def allow(services: Services, storage_bytes: int) -> None:
    with services.database.begin() as tx:
        tx.rulings.put_quota(Quota("user", NOW, "root", storage_bytes=storage_bytes))


def counted(services: Services) -> tuple[int, int]:
    """For Ada, who owns the model, and for Eve, who sent the file."""
    with services.database.read() as tx:
        return usage_of(tx, services.settings, "user").stored_bytes, tx.blobs.uncommitted_bytes_of("eve")


def test_what_a_pull_request_brings_counts_for_its_sender_until_it_is_merged(bench: Bench) -> None:
    services = bench.services
    allow(services, 99)
    sha = proposed(services, ref=None)

    assert check_new_pointers(services, MODEL, [Moved(ZERO, sha, "refs/pr/0")]) == []
    assert counted(services) == (0, 100)
    proposed(services)
    [problem] = check_new_pointers(services, MODEL, [Moved(ZERO, sha, MAIN)])
    assert "quota for storage" in problem
    assert counted(services) == (0, 100)

    allow(services, 100)
    assert check_new_pointers(services, MODEL, [Moved(ZERO, sha, MAIN)]) == []
    assert counted(services) == (100, 0)


def test_who_may_write_is_told_of_the_quota_at_once_of_all_that_was_sent_together(bench: Bench) -> None:
    allow(bench.services, 199)
    first, second = StoredBlob("1" * 64, 100), StoredBlob("2" * 64, 100)
    with bench.services.database.begin() as tx:
        tx.blobs.revoke_all(MODEL.id, [NAME])
    send(bench.services, "user")

    for each in (first, second):
        with pytest.raises(AccessDenied, match="quota for storage"):
            keep_large_file(bench.services, MODEL.id, each, "user")


def test_what_somebody_sent_counts_together_for_the_owner_of_several_repos(bench: Bench) -> None:
    with bench.services.database.read() as tx:
        of_ada, of_nobody = (tx.blobs.uncommitted_bytes_of("eve", owner) for owner in ("user", "nobody"))

    assert (of_ada, of_nobody) == (100, 0)


def test_a_copy_of_a_repo_takes_no_files_of_pull_requests_along(bench: Bench) -> None:
    with bench.services.database.begin() as tx:
        tx.blobs.copy_grants(MODEL.id, "copy")
        assert tx.blobs.granted_to("copy") == frozenset()
        tx.blobs.take_on(MODEL.id, [NAME])
        tx.blobs.copy_grants(MODEL.id, "copy")
        assert tx.blobs.granted_to("copy") == {NAME}


def test_what_is_sent_again_while_a_branch_has_it_counts_for_the_owner_by_itself(bench: Bench) -> None:
    proposed(bench.services, MAIN)
    assert counted(bench.services) == (0, 100)

    collect_large_files(replace(bench.services, clock=Later()))

    assert counted(bench.services) == (100, 0)
