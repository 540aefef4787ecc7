"""From stored bytes to a large file that a repo may use."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from spaceport.domain.blob import Blob, StoredBlob
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.errors import AccessDenied, Unavailable
from spaceport.interfaces import Transaction
from spaceport.owner_usage import check_storage
from spaceport.repos.files import describe_missing_files, is_usable
from spaceport.repos.finding import folder_of
from spaceport.repos.named_files import newly_named, newly_on_branches
from spaceport.repos.pointers import Pointer
from spaceport.repos.refs import PULLS, Moved
from spaceport.repos.tree import new_pointers
from spaceport.services import Services

#: A removal that takes longer was cut off: its round, or the next one, begins anew.
REMOVAL_SECONDS = 600
_REMOVED = "the file was removed while it arrived: send it again"


def keep_large_file(
    services: Services,
    repo_id: str,
    stored: StoredBlob,
    sender_id: str | None = None,
    xet_hash: str | None = None,
    is_guest: bool = False,
) -> None:
    """
    Let a repo use bytes that somebody has just sent, who may write to it or (``is_guest``) open a pull request there;
    doing it twice is fine. They count for the sender until a branch names them, and for the owner from then on, which
    those who may write to it are told here already.

    Raises: Unavailable when the bytes were collected in between, AccessDenied where the owner's quota is full.
    """
    with services.database.begin() as tx:
        if not is_guest and not tx.blobs.is_granted(repo_id, stored.sha256):
            owner_id = _owner_of(tx, repo_id)
            more_bytes = tx.blobs.uncommitted_bytes_of(sender_id, owner_id) if sender_id is not None else 0
            check_storage(tx, services.settings, owner_id, stored.size_bytes + more_bytes)
        hold_blob(services, tx, stored, xet_hash)
        tx.blobs.grant(repo_id, stored.sha256, sender_id, xet_hash)
        note_storage(tx, repo_id)
    try:
        require_bytes(services, stored.sha256)
    except Unavailable:
        # With all rights to it: nobody has it.
        with services.database.begin() as tx:
            tx.blobs.remove(stored.sha256)
        raise


def hold_blob(services: Services, tx: Transaction, stored: StoredBlob, xet_hash: str | None = None) -> None:
    """
    Write down that the bytes are there; the same transaction says who uses them, and ``require_bytes`` follows it.

    Bytes are taken away outside of transactions (``repos.collecting``), between two that say so. Whoever comes before
    the first one keeps them, whoever comes between is told to try again, whoever comes later sees that they are gone.

    Raises: Unavailable.
    """
    now = services.clock.now()
    known = tx.blobs.get(stored.sha256)
    if known is not None and known.removing_at is not None:
        if known.removing_at > now - timedelta(seconds=REMOVAL_SECONDS):
            raise Unavailable(_REMOVED)
        tx.blobs.remove(stored.sha256)
    tx.blobs.add(Blob(stored.sha256, stored.size_bytes, xet_hash, now))


def require_bytes(services: Services, sha256: str) -> None:
    """Raises: Unavailable."""
    if services.objects.size(sha256) is None:
        raise Unavailable(_REMOVED)


def note_storage(tx: Transaction, repo_id: str) -> None:
    """
    What lists and infos say a repo takes, and what counts for its owner: its large files, but for those that nothing
    but pull requests name. It is in one of the two tables.
    """
    used_bytes = tx.blobs.bytes_of(repo_id)
    tx.repos.update(repo_id, used_bytes=used_bytes)
    tx.spaces.update(repo_id, used_bytes=used_bytes)


def usable_files(services: Services, repo_id: str) -> dict[str, int]:
    """The large files that a repo may use, bytes by SHA-256."""
    with services.database.read() as tx:
        return {sha256: blob.size_bytes for sha256, blob in tx.blobs.granted_blobs(repo_id).items()}


def check_new_pointers(
    services: Services, repo: Space | Repo, moved: Sequence[Moved], quarantine: Path | None = None
) -> list[str]:
    """
    What refuses refs that are about to move: pointers to files that the repo may not use, in any commit that no ref led
    to before, and among what is in ``quarantine``; or that the owner may not store what came with a pull request.

    Commits may be old ones, whose files were about to be collected: their rights are renewed.

    Raises: Unavailable.
    """
    shas = [each.new for each in moved if not each.is_deletion]
    pointers = new_pointers(quarantine) if quarantine is not None else []
    pointers += newly_named(folder_of(services, repo), shas, quarantine)
    if pointers:
        large_files = usable_files(services, repo.id)
        missing = [pointer for pointer in pointers if not is_usable(pointer, large_files)]
        missing = missing or renew(services, repo.id, pointers)
        if missing:
            return describe_missing_files(list(dict.fromkeys(missing)))
    branches = [each.new for each in moved if not each.is_deletion and not each.ref.startswith(PULLS)]
    return _take_on(services, repo, branches, quarantine)


def renew(services: Services, repo_id: str, pointers: Sequence[Pointer]) -> list[Pointer]:
    """
    A commit that names them is about to exist, or a ref to lead to it: they must not be collected before it does.

    Returns those that the repo has no right to any more.
    """
    with services.database.begin() as tx:
        wanted = {pointer.sha256 for pointer in pointers}
        lost = {sha256 for sha256 in wanted if not tx.blobs.renew(repo_id, sha256)}
    return [pointer for pointer in pointers if pointer.sha256 in lost]


def _take_on(services: Services, repo: Space | Repo, shas: Sequence[str], quarantine: Path | None) -> list[str]:
    """
    Branches and tags are about to lead to these commits: their files count for the owner from now on.

    Returns what refuses that. Where the refs do not move after all, files count too early, until they are collected.
    """
    with services.database.read() as tx:
        sent = tx.blobs.not_taken_on(repo.id)
    if not sent or not shas:
        return []
    named = {pointer.sha256 for pointer in newly_on_branches(folder_of(services, repo), shas, quarantine)}
    with services.database.begin() as tx:
        sent = {sha256: size_bytes for sha256, size_bytes in tx.blobs.not_taken_on(repo.id).items() if sha256 in named}
        try:
            check_storage(tx, services.settings, _owner_of(tx, repo.id), sum(sent.values()))
        except AccessDenied as error:
            return [str(error)]
        tx.blobs.take_on(repo.id, sent)
        note_storage(tx, repo.id)
    return []


def _owner_of(tx: Transaction, repo_id: str) -> str:
    """Whose quota the files of a repo of any type count for; nobody's where it is gone."""
    found = tx.spaces.get(repo_id) or tx.repos.get(repo_id)
    return found.owner_id if found is not None else ""
