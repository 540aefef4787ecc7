"""Models and datasets that an app's code names, for Spaces whose card names none."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

#: Where names are looked for. Source: spaces-reference.md section 1.3, ``models`` and ``datasets``.
SUFFIXES = (".py", ".ini", ".html")
_ID = r"(?P<id>[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95})"
#: Calls that take a model's name first, in code and in what templates of pages hold.
_MODEL_CALLS = (
    r"from_pretrained|pipeline|hf_hub_download|snapshot_download|InferenceClient|SentenceTransformer|InferenceApi"
    r"|CrossEncoder|WhisperModel|from_hub"
)
_MODELS = (
    rf"\b(?:{_MODEL_CALLS})\(\s*(?:repo_id\s*=\s*|model\s*=\s*)?['\"]{_ID}['\"]",
    rf"\bpipeline\([^()]{{0,200}}?\bmodel\s*=\s*['\"]{_ID}['\"]",
    rf"\b(?:gr|gradio)\.(?:load|Interface\.load)\(\s*['\"](?:models|huggingface)/{_ID}['\"]",
    rf"(?i:\b(?:model(?:_id|_name|_path|_repo)?|checkpoint|repo_id)\b)['\"]?\s*[:=]\s*['\"]?{_ID}(?=['\"\s]|$)",
    rf"huggingface\.co/{_ID}/(?:resolve|blob)/",
)
_DATASETS = (
    rf"\bload_dataset\(\s*['\"]{_ID}['\"]",
    rf"(?i:\bdataset(?:_id|_name|_repo)?\b)['\"]?\s*[:=]\s*['\"]?{_ID}(?=['\"\s]|$)",
    rf"huggingface\.co/datasets/{_ID}\b",
)
#: Of one Space.
_MAX_LINKED = 50
#: What looks like a name of a repo and is none.
_NOT_OWNERS = frozenset({"datasets", "spaces", "models", "docs", "application", "text", "image", "audio", "video"})


@dataclass(frozen=True)
class LinkedRepos:
    """Names of repos, ``owner/name``, in the order they were found."""

    models: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()

    def to_json(self) -> dict[str, list[str]]:
        return {"models": list(self.models), "datasets": list(self.datasets)}


def find_linked_repos(files: Mapping[str, bytes]) -> LinkedRepos:
    """What the code of a commit names; pure, and never wrong in a way that hurts: these are links on a page."""
    models: dict[str, None] = {}
    datasets: dict[str, None] = {}
    for path, content in sorted(files.items()):
        if path.endswith(SUFFIXES):
            text = content.decode("utf-8", "replace")
            datasets.update(dict.fromkeys(_ids(text, _DATASETS)))
            models.update(dict.fromkeys(_ids(text, _MODELS)))
    named = [name for name in models if name not in datasets]
    return LinkedRepos(tuple(named[:_MAX_LINKED]), tuple(list(datasets)[:_MAX_LINKED]))


def linked_of(card: Mapping[str, Any], found: Mapping[str, Any], kind: str) -> list[str]:
    """``models`` or ``datasets`` of a Space: the card's where it names any, else those found in its code."""
    named = card.get(kind)
    values = named if isinstance(named, list) else found.get(kind)
    return [str(value) for value in values] if isinstance(values, list) else []


def _ids(text: str, patterns: tuple[str, ...]) -> Iterator[str]:
    for pattern in patterns:
        for found in re.finditer(pattern, text, re.MULTILINE):
            name = found["id"].removesuffix(".git").rstrip(".")
            if name.partition("/")[0] not in _NOT_OWNERS and not name.endswith((".py", ".json", ".txt", ".html")):
                yield name
