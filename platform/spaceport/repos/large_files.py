"""From stored bytes to a large file that a repo may use."""

from collections.abc import Sequence
from pathlib import Path

from spaceport.domain.blob import Blob, StoredBlob
from spaceport.errors import Unavailable
from spaceport.interfaces import Transaction
from spaceport.repos.files import describe_missing_files, is_usable
from spaceport.repos.pointers import Pointer
from spaceport.repos.tree import new_pointers
from spaceport.services import Services


def keep_large_file(services: Services, repo_id: str, stored: StoredBlob, xet_hash: str | None = None) -> None:
    """
    Let a repo use bytes that somebody who may write to it has just sent; doing it twice is fine.

    Inside the transaction nobody collects (``repos.collecting``), so what is still there now stays.

    Raises: Unavailable when the bytes were collected in between.
    """
    with services.database.begin() as tx:
        if services.objects.size(stored.sha256) is None:
            raise Unavailable("the file was removed while it arrived: send it again")
        tx.blobs.add(Blob(stored.sha256, stored.size_bytes, xet_hash, services.clock.now()))
        tx.blobs.grant(repo_id, stored.sha256)
        note_storage(tx, repo_id)


def note_storage(tx: Transaction, repo_id: str) -> None:
    """What lists and infos say a repo takes: its large files. It is in one of the two tables."""
    used_bytes = tx.blobs.bytes_of(repo_id)
    tx.repos.update(repo_id, used_bytes=used_bytes)
    tx.spaces.update(repo_id, used_bytes=used_bytes)


def usable_files(services: Services, repo_id: str) -> dict[str, int]:
    """The large files that a repo may use, bytes by SHA-256."""
    with services.database.read() as tx:
        return {sha256: blob.size_bytes for sha256, blob in tx.blobs.granted_blobs(repo_id).items()}


def check_new_pointers(services: Services, repo_id: str, quarantine: Path) -> list[str]:
    """What refuses a push: pointers to files that this repo may not use, in any of its commits."""
    pointers = new_pointers(quarantine)
    if not pointers:
        return []
    large_files = usable_files(services, repo_id)
    missing = [pointer for pointer in pointers if not is_usable(pointer, large_files)]
    if missing:
        return describe_missing_files(missing)
    renew(services, repo_id, pointers)
    return []


def renew(services: Services, repo_id: str, pointers: Sequence[Pointer]) -> None:
    """A commit that names them is about to exist: they must not be collected before it does."""
    with services.database.begin() as tx:
        for sha256 in {pointer.sha256 for pointer in pointers}:
            if tx.blobs.is_granted(repo_id, sha256):
                tx.blobs.grant(repo_id, sha256)
