"""From a repo to its tables, and from names to one of them."""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from functools import partial
from pathlib import Path

from spaceport.domain.front_matter import read_front_matter
from spaceport.domain.repo import Repo
from spaceport.errors import NotFound
from spaceport.repos.finding import folder_of
from spaceport.repos.publish import main_sha
from spaceport.repos.tree import GitTree, Kind, TreeTooLarge
from spaceport.repos.viewer.jobs import Jobs
from spaceport.repos.viewer.layout import Config, NoTables, Split, find_layout
from spaceport.repos.viewer.table import Dataset, Table
from spaceport.services import Services

_CARD, _STANDALONE_CARD = "README.md", ".huggingface.yaml"
_MAX_CARD_BYTES = 1024**2
#: Of layouts, and of paths in all of them.
_KEPT, _KEPT_PATHS = 200, 400_000

Look = Callable[[Repo, str, Path], Dataset]


class SplitNotFound(NotFound):
    """The dataset is there, that config or split is not."""


class Datasets:
    """
    The layouts of datasets that were asked for last.

    A card can make it seconds to find one: it is looked for once for each commit, in a line of its own and never in the
    threads that send files. That there are no tables is remembered, too.
    """

    def __init__(self, services: Services, look: Look | None = None) -> None:
        self._services = services
        self._look_through = look or look_through
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, str], Dataset | NoTables] = OrderedDict()
        self._looks = Jobs()

    def close(self) -> None:
        self._looks.close()

    async def at_head(self, repo: Repo, asker: str) -> Dataset:
        """
        At the head of ``main``.

        Raises: NoTables, NotReady, Unavailable.
        """
        found = await asyncio.to_thread(self._begun, repo, asker)
        return _renamed(found if isinstance(found, Dataset) else await self._looks.wait(found), repo)

    def known_at_head(self, repo: Repo, asker: str, patience_seconds: float = 0) -> Dataset | None:
        """
        None where nobody has looked yet and looking takes longer than the patience; it goes on. Call it from a thread.

        Raises: NoTables, Unavailable.
        """
        found = self._begun(repo, asker)
        if not isinstance(found, Dataset):
            try:
                found = found.result(patience_seconds)
            except (TimeoutError, CancelledError):
                return None
        return _renamed(found, repo)

    def _begun(self, repo: Repo, asker: str) -> "Dataset | Future[Dataset]":
        sha = main_sha(self._services, repo.id, repo.type)
        if sha is None:
            raise NoTables("the repo has no files yet: push some, and they are shown here")
        key = (repo.id, sha)
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
        if isinstance(known, NoTables):
            raise NoTables(str(known))
        return known or self._looks.start(
            repo.full_name.partition("/")[0], asker, key, partial(self._look, repo, sha, key)
        )

    def _look(self, repo: Repo, sha: str, key: tuple[str, str]) -> Dataset:
        try:
            found = self._look_through(repo, sha, folder_of(self._services, repo))
        except NoTables as error:
            self._remember(key, NoTables(str(error)))
            raise
        self._remember(key, found)
        return found

    def _remember(self, key: tuple[str, str], found: Dataset | NoTables) -> None:
        with self._lock:
            self._known[key] = found
            while len(self._known) > 1 and not self._is_little():
                self._known.popitem(last=False)

    def _is_little(self) -> bool:
        return len(self._known) <= _KEPT and sum(map(_weight, self._known.values())) <= _KEPT_PATHS


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


def _weight(found: Dataset | NoTables) -> int:
    return len(found.paths) if isinstance(found, Dataset) else 1


def _renamed(dataset: Dataset, repo: Repo) -> Dataset:
    """A dataset that was moved since is still the same one."""
    return dataset if dataset.full_name == repo.full_name else replace(dataset, full_name=repo.full_name)


def look_through(repo: Repo, sha: str, folder: Path) -> Dataset:
    """Raises: NoTables."""
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
