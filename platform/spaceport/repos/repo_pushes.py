"""Pushes to models and datasets: what may come in, and what is known of it afterwards."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spaceport.domain.front_matter import read_front_matter
from spaceport.domain.repo import Repo
from spaceport.repos.files import Limits, check_entries, describe_hidden_files, describe_large_objects
from spaceport.repos.large_files import check_new_pointers, usable_files
from spaceport.repos.paths import repo_path
from spaceport.repos.publish import main_sha
from spaceport.repos.tree import Entry, GitTree, TreeReader, large_new_objects
from spaceport.services import Services

README = "README.md"
#: A card larger than this is not read.
_MAX_README_BYTES = 1024**2


def check_repo_push(services: Services, repo: Repo, main: str | None, quarantine: Path | None) -> list[str]:
    """
    What refuses a push; nothing has moved yet. ``main`` is the commit that the branch would be at, if it moves.

    Raises: RevisionNotFound.
    """
    limit = services.settings.max_file_bytes
    files, others = large_new_objects(quarantine, limit) if quarantine is not None else ([], [])
    if others:
        return [describe_large_objects(others, limit)]
    problems: list[str] = []
    if main is not None:
        with GitTree(repo_path(services.settings.data_dir, repo.id, repo.type), main, quarantine) as tree:
            problems, entries = check_entries(tree, Limits(limit, large_files=usable_files(services, repo.id)))
            problems += [f"{README}: {line}" for line in read_repo_card(tree, entries)[1]]
    if not problems and files:
        problems.append(describe_hidden_files(files, limit))
    if not problems and quarantine is not None:
        problems += check_new_pointers(services, repo.id, quarantine)
    return problems


def read_repo_card(tree: TreeReader, entries: Sequence[Entry]) -> tuple[dict[str, Any], list[str]]:
    """The front matter of the README, and what is wrong with it; a repo without one has an empty card."""
    readme = next((entry for entry in entries if entry.path == README), None)
    if readme is None or readme.size_bytes > _MAX_README_BYTES:
        return {}, []
    matter = read_front_matter(tree.read(readme.object_id).decode("utf-8", "replace"))
    return matter.values, list(matter.problems)


def publish_repo(services: Services, repo_id: str) -> Repo | None:
    """
    Take down where ``main`` is and what its card says; None when the repo is gone. Doing it twice is fine.

    The branch is read inside the transaction, so the last one to publish writes the newest commit.
    """
    with services.database.begin() as tx:
        repo = tx.repos.get(repo_id)
        if repo is None:
            return None
        sha = main_sha(services, repo.id, repo.type)
        if sha is not None and sha != repo.head_sha:
            with GitTree(repo_path(services.settings.data_dir, repo.id, repo.type), sha) as tree:
                card, _ = read_repo_card(tree, list(tree.entries()))
            tx.repos.update(repo.id, head_sha=sha, card=card, modified_at=services.clock.now())
        return tx.repos.get(repo_id)
