"""From a repo to its tables, and from names to one of them."""

import threading
from collections import OrderedDict
from pathlib import Path

from spaceport.domain.front_matter import read_front_matter
from spaceport.domain.repo import Repo
from spaceport.errors import NotFound
from spaceport.repos.finding import folder_of
from spaceport.repos.publish import main_sha
from spaceport.repos.tree import GitTree, Kind, TreeTooLarge
from spaceport.repos.viewer.layout import Config, NoTables, Split, find_layout
from spaceport.repos.viewer.table import Dataset, Table
from spaceport.services import Services

_CARD, _STANDALONE_CARD = "README.md", ".huggingface.yaml"
_MAX_CARD_BYTES = 1024**2
_KEPT = 32


class SplitNotFound(NotFound):
    """The dataset is there, that config or split is not."""


class Datasets:
    """The layouts of datasets that were asked for last."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._datasets: OrderedDict[tuple[str, str], Dataset] = OrderedDict()

    def at_head(self, repo: Repo) -> Dataset:
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
            while len(self._datasets) > _KEPT:
                self._datasets.popitem(last=False)
        return dataset


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
