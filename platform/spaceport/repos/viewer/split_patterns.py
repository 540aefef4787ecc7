"""
The patterns of data files of a folder whose card says nothing about them.

Source: datasets 5.2, ``data_files.py`` (``get_data_patterns``).
"""

import re
from collections.abc import Sequence

from spaceport.repos.viewer.searched_paths import SearchedPaths

_KEYWORDS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "dev", "val"),
    "test": ("test", "testing", "eval", "evaluation"),
}
#: What may stand before and after a keyword.
_BETWEEN = "[-._ 0-9]"
_SHARDED = "data/*-[0-9][0-9][0-9][0-9][0-9]-of-[0-9][0-9][0-9][0-9][0-9]*.*"
_SHARD = re.compile(r"(.+)-\d{5}-of-\d{5}.*\..*", re.DOTALL)
_SPLIT_NAME = re.compile(r"\w+(\.\w+)*")
_DEFAULTS: tuple[dict[str, list[str]], ...] = (
    {"logs": ["**/*.eval"]},
    {"test": ["**/task.toml", "**/instruction.md"]},
    {
        split: [
            pattern
            for word in words
            for pattern in (
                f"**/{word}/**",
                f"**/{word}{_BETWEEN}*/**",
                f"**/*{_BETWEEN}{word}/**",
                f"**/*{_BETWEEN}{word}{_BETWEEN}*/**",
            )
        ]
        for split, words in _KEYWORDS.items()
    },
    {
        split: [pattern for word in words for pattern in (f"**/{word}{_BETWEEN}*", f"**/*{_BETWEEN}{word}{_BETWEEN}*")]
        for split, words in _KEYWORDS.items()
    },
    {"train": ["**"]},
)


def patterns_for(paths: SearchedPaths, folder: str) -> dict[str, list[str]]:
    """
    Patterns by split, relative to the folder: of shards in ``data``, else of folders, else of files that are called
    like a split, else of everything.

    Raises: ValueError when there is nothing, or when shards are called like no split can be.
    """
    # Any file counts here, data or not: so does datasets.
    sharded = paths.matching(f"{folder}/{_SHARDED}", only_data=False)
    if sharded:
        return _of_shards(sharded)
    for patterns in _DEFAULTS:
        splits = [
            split
            for split, of_split in patterns.items()
            if any(paths.matching(f"{folder}/{pattern}", only_data=False) for pattern in of_split)
        ]
        if splits:
            return {split: patterns[split] for split in splits}
    where = f"the folder {folder[:200]}" if folder else "the repo"
    raise ValueError(f"{where} has no data files: add Parquet, CSV, JSON lines, text, images or audio")


def _of_shards(paths: Sequence[str]) -> dict[str, list[str]]:
    names = {found[1] for path in paths if (found := _SHARD.fullmatch(path.rpartition("/")[2]))}
    bad = sorted(name for name in names if _SPLIT_NAME.fullmatch(name) is None)
    if bad:
        raise ValueError(f"{bad[0][:100]!r} cannot be the name of a split: only letters, digits, _ and dots between")
    ordered = [split for split in _KEYWORDS if split in names] + sorted(names - set(_KEYWORDS))
    return {name: [_SHARDED.replace("*", name, 1)] for name in ordered}
