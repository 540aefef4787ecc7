"""
Takes away large files that no commit names: uploads that were never committed, history that was rewritten, repos that
are gone.

Nothing younger than ``unused_file_seconds`` is touched: a commit may be on its way, and every batch, upload and push
renews the right of its repo to a file. A file goes inside of a transaction, in which nobody else writes: whoever gets a
right to it (``repos.large_files``) does so before, and it stays, or sees that it is gone.
"""

import subprocess
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

import pygit2
import structlog

from spaceport.domain.blob import Grant
from spaceport.domain.repo import RepoType
from spaceport.repos.large_files import note_storage
from spaceport.repos.named_files import named_files
from spaceport.repos.paths import repo_path, repos_dir, trash_dir
from spaceport.services import Services

log = structlog.get_logger()
#: Between two rounds.
INTERVAL_SECONDS = 3600
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
        of_repo = list(group)
        unnamed = _unnamed(services, repo_id, of_repo)
        if unnamed:
            with services.database.begin() as tx:
                for grant in unnamed:
                    tx.blobs.revoke(grant)
                note_storage(tx, repo_id)


def _unnamed(services: Services, repo_id: str, grants: Sequence[Grant]) -> list[Grant]:
    """Those that may go; of a repo that cannot be read, none."""
    with services.database.read() as tx:
        repo = tx.repos.get(repo_id)
        kind = repo.type if repo else RepoType.SPACE if tx.spaces.get(repo_id) else None
    if kind is None:
        return list(grants)
    try:
        named = named_files(repo_path(services.settings.data_dir, repo_id, kind))
    except _UNREADABLE as error:
        log.warning("could not look for large files", repo=repo_id, error=str(error))
        return []
    return [grant for grant in grants if grant.blob_id not in named]


def _remove_unused(services: Services, before: datetime) -> int:
    """Files that no repo has a right to any more."""
    with services.database.read() as tx:
        unused = [blob.id for blob in tx.blobs.unused(before)]
    removed = 0
    for sha256 in unused:
        with services.database.begin() as tx:
            if tx.blobs.is_granted_to_any(sha256):
                continue
            services.objects.remove(sha256)
            tx.blobs.remove(sha256)
            removed += 1
    return removed


def _remove_unknown(services: Services, before: datetime) -> int:
    """
    Files that the database does not know: their upload was killed before it was written down.

    A database that was lost or swapped must not take the files with it: what any repo on disk names stays.
    """
    old = [stored.sha256 for stored, since in services.objects.all() if since < before]
    with services.database.read() as tx:
        unknown = [sha256 for sha256 in old if tx.blobs.get(sha256) is None]
    if not unknown:
        return 0
    try:
        named = set().union(*(named_files(folder) for folder in _all_repos(services.settings.data_dir)))
    except _UNREADABLE as error:
        log.warning("could not look for large files in all repos", error=str(error))
        return 0
    removed = 0
    for sha256 in set(unknown) - named:
        with services.database.begin() as tx:
            if tx.blobs.get(sha256) is None:
                services.objects.remove(sha256)
                removed += 1
    return removed


def _all_repos(data_dir: Path) -> Iterator[Path]:
    """Those in the trash, too."""
    for kind in RepoType:
        yield from repos_dir(data_dir, kind).glob("*.git")
    yield from trash_dir(data_dir).glob("*.git")
