"""One split of one config of a dataset at a commit, and how a worker prepares it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from spaceport.repos.viewer.formats import MEDIA
from spaceport.repos.viewer.gather import MAX_CONVERTED_BYTES, MAX_PARQUET_BYTES, Gathered, RepoFiles
from spaceport.repos.viewer.layout import Config, Layout, Split
from spaceport.repos.viewer.media_rows import media_rows
from spaceport.repos.viewer.process import Workers

PARQUET = "parquet"


@dataclass(frozen=True)
class Dataset:
    """``paths`` are all files of the commit."""

    repo_id: str
    full_name: str
    sha: str
    layout: Layout
    paths: frozenset[str] = field(repr=False)

    @property
    def namespace(self) -> str:
        return self.full_name.partition("/")[0]


@dataclass(frozen=True)
class Table:
    dataset: Dataset
    config: Config
    split: Split

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.dataset.repo_id, self.dataset.sha, self.config.name, self.split.name


@dataclass(frozen=True)
class About:
    """
    ``files`` are names in the folder ``files``, with ``num_rows`` each; ``sizes`` are their bytes.

    ``origins`` are the paths of the repo that they are, empty where they were made here. ``is_partial`` when files of
    the split were left out.
    """

    features: dict[str, Any]
    files: list[str]
    num_rows: list[int]
    sizes: list[int]
    origins: list[str]
    original_bytes: int
    memory_bytes: int
    is_partial: bool

    @property
    def total_rows(self) -> int:
        return sum(self.num_rows)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def prepare(table: Table, repo_files: RepoFiles, workers: Workers, scratch: Path, made: Path) -> About:
    """
    Make the folder ``made`` with ``files`` and ``assets``.

    Raises: UnreadableData, EntryNotFound.
    """
    source, files, of_worker = scratch / "source", made / "files", scratch / "worker"
    for folder in (source, files, made / "assets", of_worker):
        folder.mkdir(parents=True)
    is_parquet = table.config.format == PARQUET
    question, gathered = _question(table, repo_files, files if is_parquet else source, scratch)
    question |= {"do": "convert", "out": str(files), "source": str(files if is_parquet else source)}
    readable, writable = ([files], []) if is_parquet else ([source], [files])
    answer = workers.ask(question, readable, writable, of_worker)
    names = [path.name for path in gathered.files] if is_parquet else ["0000.parquet"]
    return About(
        features=dict(answer["features"]),
        files=names,
        num_rows=[int(number) for number in answer["num_rows"]],
        sizes=[(files / name).lstat().st_size for name in names],
        origins=list(gathered.paths) if is_parquet else [],
        original_bytes=gathered.size_bytes,
        memory_bytes=int(answer["num_bytes_memory"]),
        is_partial=gathered.is_partial or bool(answer["is_cut"]),
    )


def _question(table: Table, repo_files: RepoFiles, target: Path, scratch: Path) -> tuple[dict[str, Any], Gathered]:
    config = table.config
    question: dict[str, Any] = {"format": config.format, "options": _plain(config.options)}
    if config.format not in MEDIA:
        max_bytes = MAX_PARQUET_BYTES if config.format == PARQUET else MAX_CONVERTED_BYTES
        gathered = repo_files.gather(table.split.files, target, max_bytes)
        files = {"files": [str(file) for file in gathered.files], "size_bytes": gathered.size_bytes}
        return question | files, gathered
    rows = media_rows(config, table.split)
    gathered = repo_files.gather(rows.metadata, target, MAX_CONVERTED_BYTES)
    lines = target / "media.jsonl"
    with lines.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"path": path, "label": label}) + "\n" for path, label in rows.rows)
    folders = [f"{path.rpartition('/')[0]}/".removeprefix("/") for path in gathered.paths]
    metadata = [[str(path), folder] for path, folder in zip(gathered.files, folders, strict=True)]
    question |= {"files": [], "size_bytes": gathered.size_bytes}
    return question | {"labels": list(rows.labels), "media": str(lines), "metadata": metadata}, gathered


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    """Those that a worker understands; features of a card are no business of it."""
    return {key: value for key, value in options.items() if key != "features"}
