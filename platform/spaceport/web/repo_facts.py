"""What stands beside the card of a model or a dataset: what it is for, in what, under which licence. Pure."""

from dataclasses import dataclass
from urllib.parse import quote

from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.tag_types import type_of
from spaceport.translating import marked, translated

#: Of one fact; the tags have all of them.
_MAX_VALUES = 8

#: Type of tag -> its name on the page, in order.
_TITLES = {
    RepoType.MODEL: {
        "pipeline_tag": marked("Task"),
        "library": marked("Library"),
        "language": marked("Language"),
        "license": marked("Licence"),
        "base_model": marked("Base model"),
        "dataset": marked("Trained on"),
    },
    RepoType.DATASET: {
        "task_categories": marked("Task"),
        "modality": marked("Modality"),
        "format": marked("Format"),
        "size_categories": marked("Rows"),
        "language": marked("Language"),
        "license": marked("Licence"),
    },
}


@dataclass(frozen=True)
class Fact:
    """``values`` are labels with the addresses of the lists of what shares them; ``more`` are not told."""

    title: str
    values: tuple[tuple[str, str], ...]
    more: int


def facts_of(repo: Repo) -> list[Fact]:
    """From the tags, so that each leads to a list that has the repo."""
    found: dict[str, dict[str, str]] = {key: {} for key in _TITLES[repo.type]}
    for tag in repo.tags:
        key, label = type_of(repo.type, tag)
        if key == "base_model":
            # ``base_model:adapter:owner/name`` beside ``base_model:owner/name``. Source: hub-api.md section 5.2.
            label = label.rpartition(":")[2]
        if key in found:
            found[key].setdefault(label, f"/{repo.type.plural}?filter={quote(tag, safe='')}")
    if repo.pipeline_tag and "pipeline_tag" in found:
        found["pipeline_tag"] = {repo.pipeline_tag: _model_list("pipeline_tag", repo.pipeline_tag)}
    if repo.library_name and "library" in found:
        found["library"] = {repo.library_name: _model_list("library", repo.library_name)}
    return [
        Fact(
            translated(_TITLES[repo.type][key]), tuple(values.items())[:_MAX_VALUES], max(0, len(values) - _MAX_VALUES)
        )
        for key, values in found.items()
        if values
    ]


def _model_list(key: str, value: str) -> str:
    return f"/models?{key}={quote(value, safe='')}"
