"""A model or dataset in the Hub's words: what its row alone tells. Source: hub-api.md section 5.2."""

from datetime import datetime
from typing import Any

from spaceport.api.space_json import date_json
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.trending import shown_score
from spaceport.repos.metadata.model_config import mask_token_of

_RELATIONS = ("adapter", "finetune", "merge", "quantized")


def repo_json(repo: Repo, sha: str | None, now: datetime) -> dict[str, Any]:
    """Fields that are None are left out where clients want them absent."""
    values = {
        "_id": repo.id,
        "id": repo.full_name,
        "author": repo.owner,
        "sha": sha,
        "lastModified": date_json(repo.modified_at),
        "createdAt": date_json(repo.created_at),
        "private": repo.private,
        "gated": repo.gated or False,
        "disabled": repo.is_disabled,
        "downloads": repo.downloads,
        "downloadsAllTime": repo.downloads,
        "likes": repo.likes,
        "trendingScore": shown_score(repo.trending, now),
        "usedStorage": repo.used_bytes,
        "tags": repo.tags,
        "cardData": repo.card,
        "resourceGroup": None,
        "xetEnabled": True,
        "gitalyUid": repo.id,
        # Nobody here scans files.
        "securityRepoStatus": {"scansDone": False, "filesWithIssues": []},
    }
    more = _of_a_model(repo) if repo.type is RepoType.MODEL else _of_a_dataset(repo)
    return values | {key: value for key, value in more.items() if value is not None}


def _of_a_model(repo: Repo) -> dict[str, Any]:
    card = repo.card
    return {
        "modelId": repo.full_name,
        "pipeline_tag": repo.pipeline_tag,
        "library_name": repo.library_name,
        "config": repo.config,
        "safetensors": repo.safetensors,
        "gguf": repo.gguf,
        "mask_token": mask_token_of(repo.config),
        "model-index": card.get("model-index"),
        "widgetData": card.get("widget"),
        "baseModels": _base_models(repo.tags),
        # Nobody runs models for others here.
        "inference": None,
        "inferenceProviderMapping": [],
        "evalResults": [],
    }


def _of_a_dataset(repo: Repo) -> dict[str, Any]:
    paper = repo.card.get("paperswithcode_id")
    return {
        "description": repo.description,
        "paperswithcode_id": paper if isinstance(paper, str) else None,
    }


def _base_models(tags: list[str]) -> dict[str, Any] | None:
    for tag in tags:
        relation = tag.removeprefix("base_model:").partition(":")[0]
        if tag.startswith("base_model:") and relation in _RELATIONS:
            start = f"base_model:{relation}:"
            names = [each.removeprefix(start) for each in tags if each.startswith(start)]
            return {"relation": relation, "models": [{"_id": name, "id": name} for name in names]}
    return None
