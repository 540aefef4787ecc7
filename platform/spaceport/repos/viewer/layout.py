"""
Which configs and splits a dataset has, and which files they are made of: decided from its card and its paths alone.

Source: datasets 5.2, ``load.py`` (``HubDatasetModuleFactory``), ``data_files.py`` and ``utils/metadata.py``; what is
found here must be what ``load_dataset`` finds.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from spaceport.errors import SpaceportError
from spaceport.repos.viewer.formats import SHOWN, files_of_format, reading_of
from spaceport.repos.viewer.patterns import has_magic
from spaceport.repos.viewer.searched_paths import SearchedPaths
from spaceport.repos.viewer.split_patterns import patterns_for

DEFAULT_CONFIG, _DEFAULT_SPLIT = "default", "train"
_SPLIT_NAME = re.compile(r"\w+(\.\w+)*")
_MAX_CONFIGS, _MAX_SPLITS = 5000, 1000
#: Configs times files: each config may look at each file.
_MAX_WORK = 500_000
#: Of all splits together: a card may name the same files again and again.
_MAX_NAMED = 1_000_000


class NoTables(SpaceportError):
    """The files of the dataset cannot be shown as tables; the message says why and what to do."""


@dataclass(frozen=True)
class Split:
    """``files`` in the order of their rows."""

    name: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class Config:
    """``options`` are those of the card and of the format, as the builder of ``datasets`` has them."""

    name: str
    format: str
    splits: tuple[Split, ...]
    options: Mapping[str, Any] = field(default_factory=dict)

    def split(self, name: str) -> Split | None:
        return next((split for split in self.splits if split.name == name), None)


@dataclass(frozen=True)
class Layout:
    """``default`` is the name of the config that ``load_dataset`` takes unasked; None where it wants to be asked."""

    configs: tuple[Config, ...]
    default: str | None

    def config(self, name: str) -> Config | None:
        return next((config for config in self.configs if config.name == name), None)


def find_layout(card: Mapping[str, Any], paths: Sequence[str]) -> Layout:
    """
    ``card`` is the front matter of the README; ``paths`` are the files of the commit.

    Raises: NoTables.
    """
    described = _described(card.get("configs"))
    try:
        layout = _find(described, SearchedPaths(paths))
    except ValueError as error:
        raise NoTables(str(error)) from error
    if sum(len(split.files) for config in layout.configs for split in config.splits) > _MAX_NAMED:
        raise NoTables("the card names too many files: the same ones again and again")
    return layout


def _find(described: Mapping[str, Mapping[str, Any]], paths: SearchedPaths) -> Layout:
    first: Mapping[str, Any] = next(iter(described.values()), {})
    if len(described) * len(paths) > _MAX_WORK:
        raise ValueError("the card has too many configs for so many files to be looked through here")
    data_files = first.get("data_files")
    patterns = _wanted(data_files) if data_files is not None else patterns_for(paths, "")
    format, reading = _format_of({split: _resolve(of_split, "", paths) for split, of_split in patterns.items()})
    if not described:
        splits = tuple(
            Split(split, tuple(files_of_format(_resolve(of_split, "", paths), format)))
            for split, of_split in patterns.items()
        )
        return Layout((Config(DEFAULT_CONFIG, format, splits, reading),), DEFAULT_CONFIG)
    configs = tuple(_config(name, values, format, reading, paths) for name, values in described.items())
    return Layout(configs, _default_of(described))


def _config(
    name: str, values: Mapping[str, Any], format: str, reading: Mapping[str, Any], paths: SearchedPaths
) -> Config:
    folder = str(values.get("data_dir") or "").strip("/")
    data_files = values.get("data_files")
    patterns = _wanted(data_files) if data_files is not None else patterns_for(paths, folder)
    splits = tuple(Split(split, tuple(_resolve(of_split, folder, paths))) for split, of_split in patterns.items())
    options = {key: value for key, value in values.items() if key not in ("data_files", "data_dir", "default")}
    return Config(name, format, splits, {**reading, **options})


def _resolve(patterns: Sequence[str], folder: str, paths: SearchedPaths) -> list[str]:
    """A pattern that leads nowhere is fine, a name is not."""
    found: list[str] = []
    for pattern in patterns:
        if "://" in pattern or pattern.startswith("/"):
            raise ValueError(f"{pattern[:200]} is not in this repo: only files of the repo itself are shown")
        matched = paths.matching(f"{folder}/{pattern}")
        if not matched and not has_magic(pattern):
            raise ValueError(f"the card names the data file {pattern[:200]}, but the repo has no such file")
        found += matched
    return found


def _format_of(files: Mapping[str, Sequence[str]]) -> tuple[str, Mapping[str, Any]]:
    readings = {split: reading_of(of_split) for split, of_split in files.items()}
    format, options = next(iter(readings.values()))
    if any(reading != (format, options) for reading in readings.values()):
        kinds = ", ".join(f"{split}: {reading[0] or 'no data files'}" for split, reading in readings.items())
        raise ValueError(f"the splits are not all of one format ({kinds[:500]}): say which files to take in the card")
    if format is None:
        raise ValueError("the repo has no data files: add Parquet, CSV, JSON lines, text, images or audio")
    if format not in SHOWN:
        raise ValueError(f"no rows can be shown of files of the format {format}; load_dataset may read them")
    return format, options


def _wanted(data_files: Any) -> dict[str, list[str]]:
    """Patterns by split, from all that a card may say."""
    if isinstance(data_files, str):
        return {_DEFAULT_SPLIT: [data_files]}
    if not any(isinstance(item, Mapping) for item in data_files):
        return {_DEFAULT_SPLIT: [str(item) for item in data_files]}
    if len({str(item["split"]) for item in data_files}) < len(data_files):
        raise ValueError("the card has a split more than once among the data_files of a config")
    return {
        str(item["split"]): [str(path) for path in item["path"]] if isinstance(item["path"], list) else [item["path"]]
        for item in data_files
    }


def _described(configs: Any) -> dict[str, Mapping[str, Any]]:
    """The configs of a card by their names. Raises: NoTables."""
    if not configs:
        return {}
    if not isinstance(configs, list) or not all(isinstance(config, Mapping) for config in configs):
        raise NoTables('"configs" of the card must be a list with a config_name each')
    if len(configs) > _MAX_CONFIGS:
        raise NoTables(f"the card has more than {_MAX_CONFIGS:,} configs")
    for config in configs:
        if "config_name" not in config:
            raise NoTables('a config of the card has no "config_name"')
        if not _is_right(config.get("data_files")):
            raise NoTables(
                f'"data_files" of the config {str(config["config_name"])[:100]} must be a path, a list of paths, or a '
                "list with split and path in each; names of splits are words of letters, digits and _"
            )
    return {
        str(config["config_name"]): {key: value for key, value in config.items() if key != "config_name"}
        for config in configs
    }


def _is_right(data_files: Any) -> bool:
    if data_files is None or isinstance(data_files, str):
        return True
    if not isinstance(data_files, list) or len(data_files) > _MAX_SPLITS or not data_files:
        return False
    are_splits = [isinstance(item, Mapping) for item in data_files]
    if any(are_splits) and not all(are_splits):
        return False
    return all(
        isinstance(item, str)
        or (
            set(item) == {"split", "path"}
            and isinstance(item["split"], str)
            and _SPLIT_NAME.fullmatch(item["split"]) is not None
            and isinstance(item["path"], str | list)
        )
        for item in data_files
        if isinstance(item, str | Mapping)
    )


def _default_of(described: Mapping[str, Mapping[str, Any]]) -> str | None:
    names = [
        name for name, values in described.items() if len(described) == 1 or name == "default" or values.get("default")
    ]
    if len(names) > 1:
        raise ValueError(f"the card has several default configs: {', '.join(names)[:200]}")
    return names[0] if names else None
