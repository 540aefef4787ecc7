"""Takes down what a repo says of itself, in the transaction that publishes its ``main``: card, metadata, tags."""

from dataclasses import dataclass
from typing import Any

from spaceport.domain.front_matter import body_of
from spaceport.domain.linked_repos import linked_of
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.domain.trending import first_score
from spaceport.interfaces import Transaction
from spaceport.repos.cards import read_readme, read_repo_card
from spaceport.repos.large_files import usable_files
from spaceport.repos.metadata import LargeFiles, Metadata, TreeFiles, read_metadata
from spaceport.repos.metadata.tags import space_tags
from spaceport.repos.paths import repo_path
from spaceport.repos.tree import GitTree
from spaceport.services import Services


@dataclass(frozen=True)
class Description:
    """The card of a commit, the text below it, and what was read from its files."""

    card: dict[str, Any]
    readme: str
    metadata: Metadata


def describe_repo(services: Services, repo: Repo, sha: str) -> Description:
    """
    The commit of a model or dataset; may take a while, so never inside a transaction.

    Raises: RevisionNotFound, TreeTooLarge, Unavailable.
    """
    large_files = usable_files(services, repo.id)
    with GitTree(repo_path(services.settings.data_dir, repo.id, repo.type), sha) as tree:
        entries = list(tree.entries())
        card, readme = read_repo_card(tree, entries, repo.type).values, read_readme(tree, entries)
        files = TreeFiles(tree, entries, LargeFiles(services.objects, large_files))
        return Description(card, body_of(readme), read_metadata(files, repo.type, card))


def store_description(tx: Transaction, repo: Repo, description: Description) -> None:
    """Fields and tags of the repo; doing it twice is fine."""
    metadata = description.metadata
    changes: dict[str, Any] = {
        "card": description.card,
        "tags": metadata.tags,
        "pipeline_tag": metadata.pipeline_tag,
        "library_name": metadata.library_name,
        "config": metadata.config,
        "safetensors": metadata.safetensors,
        "gguf": metadata.gguf,
        "parameters": metadata.parameters,
    }
    if repo.type is RepoType.DATASET:
        changes["description"] = metadata.description
    if not repo.trending:
        changes["trending"] = first_score(repo.created_at)
    tx.repos.update(repo.id, **changes)
    tx.tags.replace(repo.id, repo.type, metadata.tags)
    tx.texts.put_card(repo.id, description.readme)


def describe_space(tx: Transaction, space: Space, readme: str) -> None:
    """
    The tags of a Space as its row is now, and the repos it uses, as what lists are filtered by; what its README says
    below the front matter, as what they are searched by.
    """
    tags = space_tags(space.card, space.sdk)
    used = [f"{kind}:{name}" for kind in ("models", "datasets") for name in linked_of(space.card, space.linked, kind)]
    tx.spaces.update(space.id, tags=tags, trending=space.trending or first_score(space.created_at))
    tx.tags.replace(space.id, RepoType.SPACE, [*tags, *used])
    tx.texts.put_card(space.id, body_of(readme))
