"""The dataset viewer as its callers see it: which tables a dataset has, and what is in them."""

import asyncio
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spaceport.domain.front_matter import read_front_matter
from spaceport.domain.repo import Repo
from spaceport.errors import EntryNotFound, NotFound, SpaceportError, Unavailable
from spaceport.repos.finding import folder_of
from spaceport.repos.large_files import usable_files
from spaceport.repos.publish import main_sha
from spaceport.repos.tree import GitTree, Kind, TreeTooLarge
from spaceport.repos.viewer.conditions import Condition
from spaceport.repos.viewer.gather import RepoFiles
from spaceport.repos.viewer.image_size import HEADER_BYTES, image_size
from spaceport.repos.viewer.jobs import Jobs, NotReady
from spaceport.repos.viewer.layout import Config, NoTables, Split, find_layout
from spaceport.repos.viewer.media_rows import path_in_repo
from spaceport.repos.viewer.process import Limits, UnreadableData, Workers
from spaceport.repos.viewer.store import Store
from spaceport.repos.viewer.table import About, Dataset, Table, prepare
from spaceport.services import Services

MAX_ROWS = 100
_CARD, _STANDALONE_CARD = "README.md", ".huggingface.yaml"
_MAX_CARD_BYTES = 1024**2
_KEPT_LAYOUTS = 32
#: How long it is remembered that something could not be read: the machine may have had no memory left.
_PROBLEM_SECONDS = 600


class SplitNotFound(NotFound):
    """The dataset is there, that config or split is not."""


@dataclass(frozen=True)
class Abouts:
    """Of the splits of a dataset."""

    known: list[tuple[Table, About]]
    pending: list[Table]
    failed: list[tuple[Table, UnreadableData]]


class Viewer:
    """One for a hub; reading happens in processes of its own."""

    def __init__(self, services: Services) -> None:
        settings = services.settings
        self._services = services
        self._jobs = Jobs()
        self._workers = Workers(Limits(settings.viewer_memory_bytes, settings.viewer_seconds))
        self.store = Store(settings.data_dir, settings.viewer_cache_bytes)
        self._lock = threading.Lock()
        self._datasets: OrderedDict[tuple[str, str], Dataset] = OrderedDict()

    def close(self) -> None:
        self._workers.close()
        self._jobs.close()

    def dataset(self, repo: Repo) -> Dataset:
        """
        At the head of ``main``. Looks through all its paths: call it from a thread.

        Raises: NoTables.
        """
        sha = main_sha(self._services, repo.id, repo.type)
        if sha is None:
            raise NoTables("the repo has no files yet: push some, and they are shown here")
        with self._lock:
            known = self._datasets.get((repo.id, sha))
        if known is not None and known.full_name == repo.full_name:
            return known
        dataset = _look(repo, sha, folder_of(self._services, repo))
        with self._lock:
            self._datasets[(repo.id, sha)] = dataset
            while len(self._datasets) > _KEPT_LAYOUTS:
                self._datasets.popitem(last=False)
        return dataset

    async def about(self, table: Table) -> About:
        """
        What is known of a split, which has been read then.

        Raises: UnreadableData, NotReady, Unavailable.
        """
        folder = self.store.folder(*table.key[:2], *table.key[2:])
        known = await asyncio.to_thread(self.store.read, folder, "about")
        if known is None:
            known = await self._remembered(table, ("about",), lambda: self._prepare(table, folder))
        return About(**known)

    async def abouts(self, tables: Sequence[Table]) -> "Abouts":
        """Of several splits at once: those that are known by now, those that are not, and those that cannot be."""

        async def one(table: Table) -> About | SpaceportError:
            try:
                return await self.about(table)
            except (NotReady, Unavailable, UnreadableData) as error:
                return error

        found = list(zip(tables, await asyncio.gather(*map(one, tables)), strict=True))
        abouts = Abouts(
            known=[(table, about) for table, about in found if isinstance(about, About)],
            pending=[table for table, error in found if isinstance(error, NotReady | Unavailable)],
            failed=[(table, error) for table, error in found if isinstance(error, UnreadableData)],
        )
        if not abouts.known and abouts.pending:
            raise NotReady("the dataset is being read: ask again in a few seconds")
        return abouts

    async def rows(self, table: Table, offset: int, length: int) -> dict[str, Any]:
        """``rows`` and ``media``, as the worker answers. Raises: as ``about``."""
        about = await self.about(table)
        question = {"do": "rows", "offset": offset, "length": length}
        return await self._answer(table, about, question)

    async def find(self, table: Table, condition: Condition, order: str, offset: int, length: int) -> dict[str, Any]:
        """Rows that fit, and ``num_rows_total``. Raises: BadQuestion, and as ``about``."""
        about = await self.about(table)
        question = {
            "do": "find",
            "condition": condition.sql,
            "parameters": list(condition.parameters),
            "order": order,
            "offset": offset,
            "length": length,
        }
        return await self._answer(table, about, question)

    async def statistics(self, table: Table) -> dict[str, Any]:
        """Raises: as ``about``."""
        return await self._answer(table, await self.about(table), {"do": "measure"})

    async def _answer(self, table: Table, about: About, question: Mapping[str, Any]) -> dict[str, Any]:
        folder = self.store.folder(*table.key)
        name = json.dumps(question, sort_keys=True)
        known = await asyncio.to_thread(self.store.read, folder, "answer", name)
        if known is not None:
            return known
        return await self._remembered(table, ("answer", name), lambda: self._ask(table, about, question, folder, name))

    async def _remembered(
        self, table: Table, what: tuple[str, ...], work: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        """What cannot be read is not read again and again for everybody who looks."""
        folder = self.store.folder(*table.key[:2], "problems", *table.key[2:])
        problem = await asyncio.to_thread(self.store.read, folder, *what)
        if problem is not None and problem["at"] > time.time() - _PROBLEM_SECONDS:
            raise UnreadableData(problem["message"], problem["cause"])

        def attempt() -> dict[str, Any]:
            try:
                return work()
            except (UnreadableData, EntryNotFound) as error:
                values = {"message": str(error), "cause": getattr(error, "cause", type(error).__name__)}
                self.store.write(folder, values | {"at": time.time()}, *what)
                raise UnreadableData(values["message"], values["cause"]) from error

        return await self._jobs.result((*table.key, *what), attempt)

    def _prepare(self, table: Table, folder: Path) -> dict[str, Any]:
        """Runs in a thread that waits for a worker."""
        known = self.store.read(folder, "about")
        if known is not None:
            return known
        with self.store.scratch(table.dataset.repo_id) as scratch:
            made = scratch / "made"
            about = prepare(table, self._files(table), self._workers, scratch, made).as_json()
            self.store.write(made, about, "about")
            self.store.keep(made, folder)
        return about

    def _ask(self, table: Table, about: About, question: Mapping[str, Any], folder: Path, name: str) -> dict[str, Any]:
        """Runs in a thread that waits for a worker."""
        files, assets = folder / "files", folder / "assets"
        asked = {
            **question,
            "source": str(files),
            "files": [str(files / file) for file in about.files],
            "num_rows": about.num_rows,
            "features": about.features,
            "assets": str(assets),
        }
        if not files.is_dir():
            raise NotReady("what was read of this split was just cleared away: ask again")
        with self.store.scratch(table.dataset.repo_id) as scratch:
            answer = self._workers.ask(asked, [files], [assets], scratch)
        if "media" in answer:
            repo_files = self._files(table)
            answer["media"] = [_located(media, table.dataset, repo_files) for media in answer["media"]]
        self.store.write(folder, answer, "answer", name)
        return answer

    def _files(self, table: Table) -> RepoFiles:
        with self._services.database.read() as tx:
            repo = tx.repos.get(table.dataset.repo_id)
        if repo is None:
            raise EntryNotFound("the dataset is gone")
        usable = usable_files(self._services, repo.id)
        return RepoFiles(folder_of(self._services, repo), table.dataset.sha, self._services.objects, usable)


def table_of(dataset: Dataset, config_name: str, split_name: str) -> Table:
    """Raises: SplitNotFound."""
    config = config_of(dataset, config_name)
    split = config.split(split_name)
    if split is None:
        raise SplitNotFound(f"the config {config_name[:100]!r} has no split {split_name[:100]!r}")
    return Table(dataset, config, split)


def config_of(dataset: Dataset, name: str) -> Config:
    """Raises: SplitNotFound."""
    config = dataset.layout.config(name)
    if config is None:
        raise SplitNotFound(f"the dataset has no config {name[:100]!r}")
    return config


def tables_of(dataset: Dataset, config_name: str | None = None) -> list[Table]:
    """All of a dataset, or of one of its configs. Raises: SplitNotFound."""
    configs = dataset.layout.configs if config_name is None else (config_of(dataset, config_name),)
    return [Table(dataset, config, split) for config in configs for split in config.splits]


def first_table(dataset: Dataset) -> Table | None:
    """What is shown to those who have not chosen."""
    configs = sorted(dataset.layout.configs, key=lambda config: config.name != dataset.layout.default)
    found: tuple[Config, Split] | None = next(((config, split) for config in configs for split in config.splits), None)
    return None if found is None else Table(dataset, *found)


def _located(media: dict[str, Any], dataset: Dataset, repo_files: RepoFiles) -> dict[str, Any]:
    """Files that the data names by their path, where the repo has them."""
    if "path" not in media:
        return media
    named = {key: value for key, value in media.items() if key != "path"}
    path = path_in_repo(media["path"], dataset.paths)
    if path is None:
        return named
    size = None
    if media["type"] == "Image":
        try:
            size = image_size(repo_files.start(path, HEADER_BYTES))
        except EntryNotFound:
            return named
    return named | {"path": path} | ({} if size is None else {"width": size[0], "height": size[1]})


def _look(repo: Repo, sha: str, folder: Path) -> Dataset:
    with GitTree(folder, sha) as tree:
        try:
            entries = [entry for entry in tree.entries() if entry.kind is Kind.FILE and entry.path is not None]
        except TreeTooLarge as error:
            raise NoTables(str(error)) from error
        contents = {
            entry.path: tree.read(entry.object_id).decode("utf-8", "replace")
            for entry in entries
            if entry.path in (_CARD, _STANDALONE_CARD) and entry.size_bytes <= _MAX_CARD_BYTES
        }
    paths = [entry.path for entry in entries if entry.path is not None]
    card = read_front_matter(contents.get(_CARD, "")).values
    if _STANDALONE_CARD in contents:
        card = {**card, **read_front_matter(f"---\n{contents[_STANDALONE_CARD]}\n---\n").values}
    return Dataset(repo.id, repo.full_name, sha, find_layout(card, paths), frozenset(paths))
