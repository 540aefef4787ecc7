"""The card of a model or a dataset: which keys are checked, and in which words. Source: hub-api.md section 12."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from spaceport.domain.card_rules import Rule, is_bool, is_text, is_text_list, is_text_or_list, one_of
from spaceport.domain.licenses import check_license, unknown_licenses
from spaceport.domain.model_index import check_model_index
from spaceport.domain.repo import RepoType
from spaceport.domain.tasks import PIPELINE_TAGS, SIZE_CATEGORIES

_LANGUAGE = re.compile(r"[a-z]{2,}[a-z0-9]*(?:[-_][A-Za-z0-9]+)*", re.ASCII)
_REPO_ID = re.compile(r"[\w.-]{1,96}(?:/[\w.-]{1,96})?", re.ASCII)
_RELATIONS = ("adapter", "merge", "quantized", "finetune")


def check_repo_values(kind: RepoType, values: Mapping[str, Any]) -> list[str]:
    """What is wrong with the values of a card, one line for each key; a key without a value is as good as absent."""
    rules = MODEL_RULES if kind is RepoType.MODEL else DATASET_RULES
    complaints = {key: rules[key](value) for key, value in values.items() if key in rules and value is not None}
    return [f'"{key}" {text}; given: {shown(values[key])}' for key, text in complaints.items() if text]


def repo_hints(kind: RepoType, values: Mapping[str, Any]) -> list[str]:
    """What to tell about values that pass, one line each."""
    unknown = unknown_licenses(values.get("license"))
    hints = [f'"license" {shown(name)} is not an identifier that the Hub knows' for name in unknown]
    task = values.get("pipeline_tag")
    if kind is RepoType.MODEL and isinstance(task, str) and task not in PIPELINE_TAGS:
        hints.append(f'"pipeline_tag" {shown(task)} is not a task that the Hub knows: [{", ".join(PIPELINE_TAGS)}]')
    for key in ("datasets", "base_model") if kind is RepoType.MODEL else ():
        given = values.get(key)
        named = given if isinstance(given, list) else [given]
        odd = [each for each in named if isinstance(each, str) and not _REPO_ID.fullmatch(each)]
        hints += [f'"{key}" with value {shown(each)} is not valid: use an id such as owner/name' for each in odd]
    return hints


def shown(value: Any) -> str:
    text = str(value).replace("\n", " ").replace("\r", " ")
    return text if len(text) <= 100 else text[:100] + "..."


def _is_language(value: Any) -> str | None:
    values = value if isinstance(value, list) else [value]
    # YAML takes the ``no`` of Norwegian for false.
    ok = all(each is False or (isinstance(each, str) and _LANGUAGE.fullmatch(each)) for each in values)
    return None if ok else "must be the code of a language or a list of them, in lower case, such as en, fr or code"


def _is_size_category(value: Any) -> str | None:
    values = value if isinstance(value, list) else [value]
    if all(each in SIZE_CATEGORIES or each == "unknown" for each in values):
        return None
    return f"must be one of [{', '.join(SIZE_CATEGORIES)}]"


def _are_unique(key: str) -> Callable[[list[Any]], str | None]:
    """That no two entries of a list have the same ``key``."""

    def check(entries: list[Any]) -> str | None:
        seen: set[str] = set()
        for entry in entries:
            name = entry.get(key, "default") if isinstance(entry, dict) else None
            if name is None:
                return f"must be a list of maps with {key}"
            if not isinstance(name, str):
                return f"must have a string as {key} of each entry"
            if name in seen:
                return f"has {key} {shown(name)} more than once: each needs a name of its own"
            seen.add(name)
        return None

    return check


def _is_configs(value: Any) -> str | None:
    if not isinstance(value, list):
        return "must be a list of maps with config_name and data_files"
    complaint = _are_unique("config_name")(value)
    if complaint:
        return complaint
    if sum(entry.get("default") is True for entry in value) > 1:
        return "must have default: true in one entry at most"
    return next((text for entry in value if (text := _is_data_files(entry.get("data_files")))), None)


def _is_data_files(value: Any) -> str | None:
    """Source: datasets ``utils/metadata.py``, ``MetadataConfigs``."""
    wanted = "must have as data_files a path, a list of paths, or a list of maps with split and path"
    if value is None or isinstance(value, str):
        return None
    if isinstance(value, dict):
        return None if all(is_text_or_list(each) is None for each in value.values()) else wanted
    if not isinstance(value, list):
        return wanted
    splits = [each.get("split") for each in value if isinstance(each, dict)]
    if len(splits) != len(set(map(str, splits))):
        return "must have each split once in data_files of a config"
    ok = all(
        isinstance(each, str)
        or (isinstance(each, dict) and isinstance(each.get("split"), str) and is_text_or_list(each.get("path")) is None)
        for each in value
    )
    return None if ok else wanted


def _is_dataset_info(value: Any) -> str | None:
    if isinstance(value, dict):
        return None
    return _are_unique("config_name")(value) if isinstance(value, list) else "must be a map or a list of maps"


def _is_map_or_list(value: Any) -> str | None:
    return None if isinstance(value, dict | list) else "must be a map or a list"


_BOTH: dict[str, Rule] = {
    "license": check_license,
    "license_name": is_text,
    "license_link": is_text,
    "language": _is_language,
    "tags": is_text_list,
    "extra_gated_prompt": is_text,
    "extra_gated_heading": is_text,
    "extra_gated_description": is_text,
    "extra_gated_button_content": is_text,
    "extra_gated_fields": _is_map_or_list,
    "thumbnail": is_text,
}
MODEL_RULES: dict[str, Rule] = _BOTH | {
    "pipeline_tag": is_text,
    "library_name": is_text,
    "datasets": is_text_or_list,
    "metrics": is_text_or_list,
    "base_model": is_text_or_list,
    "base_model_relation": one_of(_RELATIONS),
    "new_version": is_text,
    "model-index": check_model_index,
}
DATASET_RULES: dict[str, Rule] = _BOTH | {
    "pretty_name": is_text,
    "size_categories": _is_size_category,
    "viewer": is_bool,
    "configs": _is_configs,
    "dataset_info": _is_dataset_info,
}
