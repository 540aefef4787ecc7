"""Datasets as lists of paths with a card, and the splits that ``datasets`` finds in them."""

from dataclasses import dataclass, field
from typing import Any

Splits = dict[str, list[str]]


@dataclass(frozen=True)
class Case:
    """
    ``expected`` has files by split by config; None where there are no tables.

    Files may be empty, but for those of JSON.
    """

    name: str
    paths: list[str]
    expected: dict[str, Splits] | None
    configs: list[dict[str, Any]] = field(default_factory=list)

    def __str__(self) -> str:
        return self.name


def _one(**splits: list[str]) -> dict[str, Splits]:
    return {"default": splits}


CASES = [
    Case("one file", ["README.md", "numbers.csv"], _one(train=["numbers.csv"])),
    Case("nothing but a card", ["README.md", ".gitattributes"], None),
    Case("files by split", ["train.csv", "test.csv"], _one(train=["train.csv"], test=["test.csv"])),
    Case(
        "other words for splits",
        ["training_1.jsonl", "my-dev.jsonl", "eval-2.jsonl", "constrain.jsonl"],
        _one(train=["training_1.jsonl"], validation=["my-dev.jsonl"], test=["eval-2.jsonl"]),
    ),
    Case(
        "folders by split",
        ["data/train/b.csv", "data/train/a.csv", "data/test/0.csv", "notes/test.csv"],
        _one(train=["data/train/a.csv", "data/train/b.csv"], test=["data/test/0.csv"]),
    ),
    Case(
        "shards of push_to_hub",
        [
            "data/train-00001-of-00002.parquet",
            "data/train-00000-of-00002.parquet",
            "data/extra-00000-of-00001-9f.parquet",
            "data/test-00000-of-00001.parquet",
            "train.csv",
        ],
        _one(
            train=["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet"],
            test=["data/test-00000-of-00001.parquet"],
            extra=["data/extra-00000-of-00001-9f.parquet"],
        ),
    ),
    Case(
        "hidden and special files",
        [".hidden.csv", ".cache/a.csv", "__pycache__/a.csv", "dataset_infos.json", "a.csv", "a.py"],
        _one(train=["a.csv"]),
    ),
    Case(
        "the most frequent format wins",
        ["a.csv", "b.csv", "c.json", "LICENSE.txt"],
        _one(train=["a.csv", "b.csv"]),
    ),
    Case("parquet wins a draw", ["a.csv", "b.parquet"], _one(train=["b.parquet"])),
    Case("splits of two formats", ["train.csv", "test.json"], None),
    Case("packed tables", ["a.csv.gz", "b.csv.gz"], _one(train=["a.csv.gz", "b.csv.gz"])),
    Case(
        "a folder of images with labels",
        [
            "train/cat/0.png",
            "train/cat/1.png",
            "train/dog/2.JPG",
            "test/cat/3.png",
            "train/metadata.jsonl",
            "train/cat/notes.txt",
        ],
        _one(
            train=["train/cat/0.png", "train/cat/1.png", "train/dog/2.JPG", "train/metadata.jsonl"],
            test=["test/cat/3.png"],
        ),
    ),
    Case(
        "configs of the card",
        ["en/a.csv", "en/b.csv", "de/a.csv", "de/test.csv", "other.csv"],
        {"en": {"train": ["en/a.csv", "en/b.csv"]}, "de": {"train": ["de/a.csv"], "test": ["de/test.csv"]}},
        configs=[
            {"config_name": "en", "data_files": "en/*.csv"},
            {
                "config_name": "de",
                "data_files": [
                    {"split": "train", "path": ["de/a.csv", "./de/missing*.csv"]},
                    {"split": "test", "path": "de/test.csv"},
                ],
            },
        ],
    ),
    Case(
        "a config with a folder",
        ["one/train.csv", "one/test.csv", "two/x.csv"],
        {"one": {"train": ["one/train.csv"], "test": ["one/test.csv"]}, "two": {"train": ["two/x.csv"]}},
        configs=[{"config_name": "one", "data_dir": "one"}, {"config_name": "two", "data_dir": "two"}],
    ),
    Case(
        "a hidden folder that is asked for",
        [".data/a.csv", ".data/.b.csv", "c.csv"],
        {"x": {"train": [".data/a.csv"]}},
        configs=[{"config_name": "x", "data_files": ".data/*"}],
    ),
    Case(
        "a file that is missing",
        ["a.csv"],
        None,
        configs=[{"config_name": "x", "data_files": "b.csv"}],
    ),
    Case(
        "questions and classes",
        ["d/a1.csv", "d/b2.csv", "d/c3.csv", "d/e/a1.csv", "d/^4.csv"],
        {"x": {"train": ["d/^4.csv", "d/a1.csv"]}, "y": {"train": ["d/c3.csv", "d/^4.csv"]}},
        configs=[
            {"config_name": "x", "data_files": "d/[!b-c]?.csv"},
            {"config_name": "y", "data_files": ["**/c?.csv", "d/[^x].csv", "d/[^]?.csv"]},
        ],
    ),
    Case("a split that cannot be one", ["data/a-b-00000-of-00001.csv"], None),
    Case(
        "a split of a card that cannot be one",
        ["a.csv"],
        None,
        configs=[{"config_name": "x", "data_files": [{"split": "a-b", "path": "a.csv"}]}],
    ),
]
