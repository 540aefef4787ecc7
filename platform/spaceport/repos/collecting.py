"""
Takes away large files that no commit names: uploads that were never committed, history that was rewritten, repos that
are gone.

Nothing younger than ``unused_file_seconds`` is touched: a commit may be on its way, and every batch, upload, push and
new ref renews the right of its repo to a file. A right goes when two rounds found no commit that names the file, so
that a ref that moves while one of them looks counts. Bytes go outside of transactions, because a store may be slow:
see ``repos.large_files.hold_blob`` for who sees what.
"""

import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

import pygit2
import structlog

from spaceport.domain.blob import Blob, Grant, StoredBlob
from spaceport.domain.repo import RepoType
from spaceport.interfaces import Transaction
from spaceport.repos.large_files import note_storage
from spaceport.repos.named_files import files_on_branches, named_files
from spaceport.repos.paths import repo_path, repos_dir, trash_dir
from spaceport.services import Services

log = structlog.get_logger()
#: Between two rounds.
INTERVAL_SECONDS = 3600
#: Two looks that are this far apart are of two rounds, whoever made them.
_BETWEEN_ROUNDS = timedelta(seconds=INTERVAL_SECONDS / 2)
_UNREADABLE = (OSError, subprocess.SubprocessError, pygit2.GitError, KeyError, ValueError)


def collect_large_files(services: Services) -> int:
    """One round; returns how many files went."""
    before = services.clock.now() - timedelta(seconds=services.settings.unused_file_seconds)
    services.objects.clear_staging(services.settings.unused_file_seconds)
    _revoke_unnamed(services, before)
    removed = _remove_unused(services, before) + _remove_unknown(services, before)
    if removed:
        log.info("removed large files that no commit names", files=removed)
    return removed


def _revoke_unnamed(services: Services, before: datetime) -> None:
    with services.database.read() as tx:
        grants = tx.blobs.old_grants(before)
    for repo_id, group in groupby(grants, key=lambda grant: grant.repo_id):
        of_repo, folder = list(group), _folder(services, repo_id)
        try:
            named = named_files(folder) if folder is not None else set()
            sent = {grant.blob_id for grant in of_repo if grant.sender_id is not None}
            on_branches = files_on_branches(folder) if folder is not None and sent else set()
        except _UNREADABLE as error:
            log.warning("could not look for large files", repo=repo_id, error=str(error))
            continue
        with services.database.begin() as tx:
            for grant in of_repo:
                _judge(tx, grant, grant.blob_id in named, folder is not None, services.clock.now())
            # Sent once more while a branch had it: no move of a branch says so.
            tx.blobs.take_on(repo_id, on_branches & sent)
            note_storage(tx, repo_id)


def _judge(tx: Transaction, grant: Grant, is_named: bool, is_repo_there: bool, now: datetime) -> None:
    """In a repo that is gone nobody can name anything any more."""
    was_unnamed = grant.unnamed_at is not None and grant.unnamed_at <= now - _BETWEEN_ROUNDS
    if is_named and grant.unnamed_at is not None:
        tx.blobs.note_unnamed(grant, None)
    elif not is_named and (was_unnamed or not is_repo_there):
        tx.blobs.revoke(grant)
    elif not is_named and grant.unnamed_at is None:
        tx.blobs.note_unnamed(grant, now)


def _folder(services: Services, repo_id: str) -> Path | None:
    with services.database.read() as tx:
        repo = tx.repos.get(repo_id)
        kind = repo.type if repo else RepoType.SPACE if tx.spaces.get(repo_id) else None
    return repo_path(services.settings.data_dir, repo_id, kind) if kind is not None else None


def _remove_unused(services: Services, before: datetime) -> int:
    """Files that no repo has a right to any more."""
    with services.database.read() as tx:
        unused = tx.blobs.unused(before)
    return sum(_remove(services, StoredBlob(blob.id, blob.size_bytes), is_known=True) for blob in unused)


def _remove_unknown(services: Services, before: datetime) -> int:
    """
    Files that the database does not know: their upload was killed before it was written down.

    A database that was lost or swapped must not take the files with it: what any repo on disk names stays.
    """
    old = [stored for stored, since in services.objects.all() if since < before]
    with services.database.read() as tx:
        unknown = [stored for stored in old if tx.blobs.get(stored.sha256) is None]
    if not unknown:
        return 0
    try:
        named = set().union(*(named_files(folder) for folder in _all_repos(services.settings.data_dir)))
    except _UNREADABLE as error:
        log.warning("could not look for large files in all repos", error=str(error))
        return 0
    return sum(_remove(services, stored, is_known=False) for stored in unknown if stored.sha256 not in named)


def _remove(services: Services, stored: StoredBlob, is_known: bool) -> bool:
    """
    Whether the file went: not if somebody got a right to it, or wrote down that it is there, in this moment.

    A store that does not answer ends the round: the next one goes on with what is marked.
    """
    now = services.clock.now()
    with services.database.begin() as tx:
        if tx.blobs.is_granted_to_any(stored.sha256) or (tx.blobs.get(stored.sha256) is not None) != is_known:
            return False
        if not is_known:
            tx.blobs.add(Blob(stored.sha256, stored.size_bytes, None, now))
        tx.blobs.begin_removal(stored.sha256, now)
    services.objects.remove(stored.sha256)
    with services.database.begin() as tx:
        tx.blobs.remove(stored.sha256)
    return True


def _all_repos(data_dir: Path) -> Iterator[Path]:
    """Those in the trash, too."""
    for kind in RepoType:
        yield from repos_dir(data_dir, kind).glob("*.git")
    yield from trash_dir(data_dir).glob("*.git")
