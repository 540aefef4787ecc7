"""The tags that lists are filtered by, from a card and from what the files tell. Source: hub-api.md section 5.1."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from spaceport.domain.repo import MAX_TAG_LENGTH
from spaceport.domain.tasks import size_category

#: Of one repo.
_MAX_TAGS = 500
#: Everything is kept in one place, and clients know the Hub's name for that.
_REGION = "region:us"
#: Keys of a dataset's card whose values are tags with the name of the key before them.
_DATASET_KEYS = (
    *("task_categories", "task_ids", "annotations_creators", "language_creators", "multilinguality"),
    *("source_datasets", "size_categories"),
)
_RELATIONS = ("finetune", "adapter", "merge", "quantized")
_ARXIV = re.compile(r"arxiv\.org/(?:abs|pdf)/(\d{4}\.\d{4,5})", re.ASCII)
_REPO_ID = re.compile(r"[\w.-]{1,96}(?:/[\w.-]{1,96})?", re.ASCII)
#: End of a file's name -> format of a dataset, as ``datasets`` loads it.
_DATASET_FORMATS = {
    "csv": "csv",
    "tsv": "csv",
    "json": "json",
    "jsonl": "json",
    "parquet": "parquet",
    "arrow": "arrow",
    "txt": "text",
    "tar": "webdataset",
    "jpg": "imagefolder",
    "jpeg": "imagefolder",
    "png": "imagefolder",
    "wav": "audiofolder",
    "mp3": "audiofolder",
    "flac": "audiofolder",
}
_MODALITIES = {"imagefolder": "image", "audiofolder": "audio", "text": "text"}
_NOT_DATA = frozenset({"dataset_infos.json", "dataset_info.json", "state.json", "README.md"})


def texts(value: Any) -> list[str]:
    """The values of a key that may hold one or a list of them."""
    values = value if isinstance(value, list) else [value]
    return [str(each) for each in values if isinstance(each, str | int | float) and not isinstance(each, bool)]


def model_tags(
    card: Mapping[str, Any], readme: str, library: str | None, formats: list[str], task: str | None, model_type: str
) -> list[str]:
    """In the Hub's order: library, formats, kind of model, task, the card's own, languages, typed ones."""
    found = [library or "", *formats, model_type, task or "", *texts(card.get("tags")), *languages(card)]
    found += [f"dataset:{name}" for name in texts(card.get("datasets")) if _REPO_ID.fullmatch(name)]
    found += _arxiv(card, readme)
    found += _base_models(card, library, formats)
    if isinstance(card.get("model-index"), list) and card["model-index"]:
        found.append("model-index")
    return _clean([*found, *_licenses(card), _REGION])


def dataset_tags(card: Mapping[str, Any], readme: str, paths: frozenset[str]) -> list[str]:
    found = [f"{key}:{value}" for key in _DATASET_KEYS for value in texts(card.get(key))]
    found += [f"language:{language}" for language in languages(card)]
    found += _licenses(card)
    if not texts(card.get("size_categories")) and (rows := _rows_of(card.get("dataset_info"))):
        found.append(f"size_categories:{size_category(rows)}")
    formats = dataset_formats(paths)
    found += [f"format:{name}" for name in formats]
    found += [f"modality:{_MODALITIES[name]}" for name in formats if name in _MODALITIES]
    found += ["library:datasets"] if formats else []
    return _clean([*found, *_arxiv(card, readme), _REGION, *texts(card.get("tags"))])


def space_tags(card: Mapping[str, Any], sdk: str) -> list[str]:
    return _clean([sdk, *texts(card.get("tags")), *_licenses(card), _REGION])


def languages(card: Mapping[str, Any]) -> list[str]:
    """YAML takes the ``no`` of Norwegian for false."""
    value = card.get("language")
    values = value if isinstance(value, list) else [value]
    return texts(["no" if each is False else each for each in values])


def dataset_formats(paths: frozenset[str]) -> list[str]:
    found = {
        _DATASET_FORMATS[end]
        for path in paths
        if (end := path.rpartition(".")[2].lower()) in _DATASET_FORMATS
        and path.rpartition("/")[2] not in _NOT_DATA
        and not path.startswith(".")
    }
    return sorted(found)


def _licenses(card: Mapping[str, Any]) -> list[str]:
    return [f"license:{name}" for name in texts(card.get("license"))]


def _arxiv(card: Mapping[str, Any], readme: str) -> list[str]:
    named = [name.removeprefix("arxiv:") for name in texts(card.get("arxiv"))]
    return [f"arxiv:{name}" for name in [*named, *_ARXIV.findall(readme)]]


def _base_models(card: Mapping[str, Any], library: str | None, formats: list[str]) -> Iterator[str]:
    bases = [name for name in texts(card.get("base_model")) if _REPO_ID.fullmatch(name)]
    relation = card.get("base_model_relation")
    if relation not in _RELATIONS:
        relation = _guessed_relation(library, formats, len(bases))
    for base in bases:
        yield f"base_model:{base}"
        yield f"base_model:{relation}:{base}"


def _guessed_relation(library: str | None, formats: list[str], bases: int) -> str:
    if library == "peft":
        return "adapter"
    if bases > 1:
        return "merge"
    return "quantized" if "gguf" in formats else "finetune"


def _rows_of(info: Any) -> int:
    """The number of examples that a card's ``dataset_info`` adds up to."""
    total = 0
    for config in info if isinstance(info, list) else [info]:
        splits = config.get("splits") if isinstance(config, dict) else None
        for split in splits if isinstance(splits, list) else []:
            number = split.get("num_examples") if isinstance(split, dict) else None
            total += number if isinstance(number, int) and 0 <= number < 2**50 else 0
    return total


def _clean(tags: list[str]) -> list[str]:
    """Each once, without blanks around and of a length that can be stored."""
    wanted = (" ".join(tag.split())[:MAX_TAG_LENGTH].strip() for tag in tags)
    return list(dict.fromkeys(tag for tag in wanted if tag))[:_MAX_TAGS]
