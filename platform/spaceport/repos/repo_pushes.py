"""Pushes to models and datasets: what may come in, and what is known of it afterwards."""

from pathlib import Path

from spaceport.domain.card_check import NO_CARD
from spaceport.domain.repo import Repo
from spaceport.repos.cards import README, read_repo_card
from spaceport.repos.describing import describe_repo, store_description
from spaceport.repos.files import Limits, check_entries, describe_twins
from spaceport.repos.large_files import usable_files
from spaceport.repos.paths import repo_path
from spaceport.repos.publish import main_sha
from spaceport.repos.tree import GitTree
from spaceport.services import Services

_MAX_ROUNDS = 10


def check_repo_commit(services: Services, repo: Repo, sha: str, quarantine: Path | None) -> tuple[list[str], list[str]]:
    """
    What refuses a commit on ``main``, where nothing has moved yet; and what its author should know.

    Raises: RevisionNotFound.
    """
    limits = Limits(services.settings.max_file_bytes, large_files=usable_files(services, repo.id))
    with GitTree(repo_path(services.settings.data_dir, repo.id, repo.type), sha, quarantine) as tree:
        problems, entries = check_entries(tree, limits)
        card = read_repo_card(tree, entries, repo.type)
        problems += [f"{README}: {line}" for line in card.problems]
        warnings = [f"{README}: {line}" for line in card.warnings if line != NO_CARD]
        return problems, [*describe_twins(entries), *warnings]


def publish_repo(services: Services, repo_id: str) -> Repo | None:
    """
    Take down where ``main`` is and what its card and files say; None when the repo is gone. Doing it twice is fine.

    The branch is read again inside the transaction, so the last one to publish writes the newest commit.
    """
    for _ in range(_MAX_ROUNDS):
        with services.database.read() as tx:
            repo = tx.repos.get(repo_id)
        sha = main_sha(services, repo.id, repo.type) if repo is not None else None
        if repo is None or sha is None or (sha == repo.head_sha and repo.tags):
            break
        description = describe_repo(services, repo, sha)
        with services.database.begin() as tx:
            if main_sha(services, repo.id, repo.type) == sha:
                store_description(tx, repo, description)
                # A repo from before there were descriptions gets one without having changed.
                moved = {} if sha == repo.head_sha else {"head_sha": sha, "modified_at": services.clock.now()}
                tx.repos.update(repo.id, **moved)
                return tx.repos.get(repo_id)
    return repo
