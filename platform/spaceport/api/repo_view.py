"""The fields of a repo that an answer wants; what is costly is looked up only when it is among them."""

from typing import Any

from spaceport.api.repo_info import siblings_json
from spaceport.api.repo_json import repo_json
from spaceport.api.space_json import facts_of, runtime_json, space_json
from spaceport.domain.account import Caller
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.interfaces import Transaction
from spaceport.repos.cards import read_citation
from spaceport.repos.finding import folder_of
from spaceport.repos.metadata.model_config import transformers_info
from spaceport.repos.paths import repo_path
from spaceport.services import Services

_MAX_USERS = 100
_RELATIONS = ("adapter", "finetune", "merge", "quantized")


def view_of(
    services: Services,
    tx: Transaction,
    caller: Caller,
    repo: Space | Repo,
    sha: str | None,
    fields: frozenset[str],
    blobs: bool = False,
) -> dict[str, Any]:
    """What is known of a repo at a commit, as far as ``fields`` ask for it."""
    if isinstance(repo, Space):
        values = space_json(repo, services.settings, sha, services.clock.now())
        if "runtime" in fields:
            values["runtime"] = runtime_json(facts_of(tx, repo, caller), services.settings)
    else:
        values = repo_json(repo, sha, services.clock.now())
        if repo.type is RepoType.MODEL:
            values |= _of_model(services, tx, caller, repo, sha, fields)
    if "citation" in fields and isinstance(repo, Repo) and repo.type is RepoType.DATASET and sha is not None:
        citation = read_citation(folder_of(services, repo), sha)
        values |= {"citation": citation} if citation else {}
    if "siblings" in fields and sha is not None:
        folder = folder_of(services, repo)
        values["siblings"] = siblings_json(folder, sha, blobs)
    if "mainSize" in fields and sha is not None:
        values["mainSize"] = sum(row["size"] for row in siblings_json(folder_of(services, repo), sha, blobs=True))
    return {key: value for key, value in values.items() if key in fields}


def _of_model(
    services: Services, tx: Transaction, caller: Caller, repo: Repo, sha: str | None, fields: frozenset[str]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if "spaces" in fields:
        tag = f"models:{repo.full_name}"
        values["spaces"] = tx.listings.names_using(RepoType.SPACE, tag, caller, _MAX_USERS)
    if "childrenModelCount" in fields:
        counts = {
            relation: tx.listings.number_with(RepoType.MODEL, f"base_model:{relation}:{repo.full_name}", caller)
            for relation in _RELATIONS
        }
        values["childrenModelCount"] = {relation: number for relation, number in counts.items() if number}
    if "transformersInfo" in fields and repo.library_name == "transformers":
        # The processor is told by the files; a list does not look at them.
        names = _names(services, repo, sha) if "siblings" in fields else frozenset()
        info = transformers_info(repo.config, names)
        values |= {"transformersInfo": info} if info else {}
    return values


def _names(services: Services, repo: Repo, sha: str | None) -> frozenset[str]:
    if sha is None:
        return frozenset()
    folder = repo_path(services.settings.data_dir, repo.id, repo.type)
    return frozenset(each["rfilename"] for each in siblings_json(folder, sha, blobs=False))
