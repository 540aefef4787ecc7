"""Rows of large files and the rights of repos to them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from spaceport.adapters.database import SqlDatabase
from spaceport.domain.blob import Blob
from tests.databases import make_database

SHA = "ab" * 32
OTHER = "cd" * 32
BLOB = Blob(SHA, 12, None, datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqlDatabase]:
    database = make_database(f"sqlite:///{tmp_path / 'test.sqlite3'}")
    yield database
    database.close()


def test_a_known_blob_gives_nobody_a_right(database: SqlDatabase) -> None:
    with database.begin() as tx:
        tx.blobs.add(BLOB)

        assert not tx.blobs.is_granted("repo", SHA)
        assert tx.blobs.granted_to("repo") == frozenset()


def test_a_grant_is_of_one_repo(database: SqlDatabase) -> None:
    with database.begin() as tx:
        tx.blobs.add(BLOB)
        tx.blobs.grant("repo", SHA)
        tx.blobs.grant("repo", SHA)

        assert tx.blobs.granted_blobs("repo") == {SHA: BLOB}
        assert not tx.blobs.is_granted("other", SHA)


def test_a_blob_learns_its_xet_hash_once(database: SqlDatabase) -> None:
    with database.begin() as tx:
        tx.blobs.add(BLOB)
        tx.blobs.add(replace(BLOB, xet_hash="ef" * 32))
        tx.blobs.add(replace(BLOB, xet_hash="01" * 32))

        found = tx.blobs.by_xet_hash("ef" * 32)
        assert found is not None
        assert found.id == SHA


def test_a_renewed_grant_is_not_revoked(database: SqlDatabase) -> None:
    later = datetime.now(UTC) + timedelta(days=1)
    with database.begin() as tx:
        tx.blobs.add(BLOB)
        tx.blobs.grant("repo", SHA)
        (seen,) = tx.blobs.old_grants(later)
        tx.blobs.grant("repo", SHA)

        tx.blobs.revoke(seen)
        assert tx.blobs.is_granted("repo", SHA)
        tx.blobs.revoke(tx.blobs.old_grants(later)[0])
        assert not tx.blobs.is_granted("repo", SHA)


def test_only_what_nobody_may_use_is_unused(database: SqlDatabase) -> None:
    with database.begin() as tx:
        tx.blobs.add(BLOB)
        tx.blobs.add(replace(BLOB, id=OTHER))
        tx.blobs.grant("repo", SHA)

        assert [blob.id for blob in tx.blobs.unused(BLOB.created_at + timedelta(seconds=1))] == [OTHER]
        assert tx.blobs.unused(BLOB.created_at) == []


def test_a_copy_of_a_repo_may_use_what_the_original_may(database: SqlDatabase) -> None:
    with database.begin() as tx:
        tx.blobs.add(BLOB)
        tx.blobs.grant("repo", SHA)
        tx.blobs.copy_grants("repo", "copy")

        assert tx.blobs.granted_to("copy") == {SHA}


def test_a_removed_blob_takes_its_grants_along(database: SqlDatabase) -> None:
    with database.begin() as tx:
        tx.blobs.add(BLOB)
        tx.blobs.grant("repo", SHA)
        tx.blobs.remove(SHA)

        assert not tx.blobs.is_granted("repo", SHA)


def test_a_repo_calls_a_file_what_it_was_sent_as_there(database: SqlDatabase) -> None:
    """Whatever others sent: a SHA-256 where it came by git-lfs."""
    xet_hash = "ef" * 32
    with database.begin() as tx:
        tx.blobs.add(replace(BLOB, xet_hash=xet_hash))
        tx.blobs.grant("by lfs", SHA)
        tx.blobs.grant("by xet", SHA, xet_hash=xet_hash)
        tx.blobs.grant("by xet", SHA)
        tx.blobs.copy_grants("by xet", "copy")

        repos = ("by lfs", "by xet", "copy", "other")
        names = [{sha: each.xet_name for sha, each in tx.blobs.grants_to(repo, [SHA, OTHER]).items()} for repo in repos]
        found = [(tx.blobs.by_xet_name(repo, xet_hash), tx.blobs.by_xet_name(repo, SHA)) for repo in repos]

    assert names == [{SHA: SHA}, {SHA: xet_hash}, {SHA: xet_hash}, {}]
    assert [[blob is not None for blob in pair] for pair in found] == [
        *([False, True], [True, True], [True, True], [False, False])
    ]
