"""The large files that a repo holds, and taking some of them away for good."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from spaceport.domain.access import Action, require
from spaceport.domain.account import Caller
from spaceport.domain.discussion import DiscussionFilter
from spaceport.domain.repo import Repo
from spaceport.domain.space import Space
from spaceport.repos.after_push import after_push
from spaceport.repos.commits.landing import open_quarantine
from spaceport.repos.commits.rewriting import rewrite_without
from spaceport.repos.finding import folder_of
from spaceport.repos.large_files import note_storage
from spaceport.repos.named_files import paths_of_files
from spaceport.repos.paths import MAIN
from spaceport.services import Services


@dataclass(frozen=True)
class HeldFile:
    """``path`` is one of those that a commit gives it, empty where none does; ``ref`` is where that commit is."""

    sha256: str
    size_bytes: int
    since: datetime
    path: str = ""
    ref: str | None = None


def held_files(services: Services, repo: Space | Repo, caller: Caller) -> list[HeldFile]:
    """
    All large files that the repo has a right to, largest first.

    Raises: SpaceNotFound, NotAuthenticated, AccessDenied, Unavailable.
    """
    require(caller, Action.REVEAL, repo)
    with services.database.read() as tx:
        sizes = {sha256: blob.size_bytes for sha256, blob in tx.blobs.granted_blobs(repo.id).items()}
        grants = [grant for grant in tx.blobs.grants_of(repo.id) if grant.blob_id in sizes]
    on_main = paths_of_files(folder_of(services, repo), [MAIN])
    is_elsewhere = any(grant.blob_id not in on_main for grant in grants)
    elsewhere = paths_of_files(folder_of(services, repo), ["--all"]) if is_elsewhere else {}
    found = [
        HeldFile(
            grant.blob_id,
            sizes[grant.blob_id],
            grant.created_at,
            on_main.get(grant.blob_id) or elsewhere.get(grant.blob_id, ""),
            MAIN if grant.blob_id in on_main else None,
        )
        for grant in grants
    ]
    return sorted(found, key=lambda held: (-held.size_bytes, held.sha256))


def remove_large_files(
    services: Services, repo: Space | Repo, caller: Caller, files: Collection[str], rewrite_history: bool
) -> None:
    """
    Take files (by SHA-256) from a repo: it has no right to their bytes any more, whatever commit names them.

    With ``rewrite_history`` branches, tags and pull requests lead to commits that never had them; without, the files
    stay in lists and cannot be fetched. What no other repo uses is collected later.

    Raises: SpaceNotFound, NotAuthenticated, AccessDenied, Conflict, BadRequest for a history that is too long.
    """
    require(caller, Action.WRITE, repo)
    if rewrite_history:
        with open_quarantine(services, repo) as inside:
            rewritten = rewrite_without(folder_of(services, repo), inside, frozenset(files))
        if rewritten.moved:
            _note_new_commits(services, repo, rewritten.commits)
            after_push(services, repo, rewritten.moved, caller.name)
    with services.database.begin() as tx:
        tx.blobs.revoke_all(repo.id, files)
        note_storage(tx, repo.id)


def _note_new_commits(services: Services, repo: Space | Repo, commits: Mapping[str, str]) -> None:
    """Pull requests remember where they began and where they were merged; the old commits will be gone."""
    wanted = DiscussionFilter(is_pull_request=True)
    with services.database.begin() as tx:
        for each in tx.discussions.of_repo(repo.id, wanted, tx.discussions.count(repo.id, wanted)):
            old = {"base_sha": each.base_sha, "merge_sha": each.merge_sha}
            new = {key: commits[sha] for key, sha in old.items() if sha is not None and sha in commits}
            if new:
                tx.discussions.update(each.id, **new)
