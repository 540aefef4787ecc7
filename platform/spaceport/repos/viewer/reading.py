"""What workers are asked of one split, and what is kept of their answers. Runs in threads that may wait."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spaceport.errors import EntryNotFound
from spaceport.repos.finding import find_of_any_type, folder_of
from spaceport.repos.large_files import usable_files
from spaceport.repos.viewer.gather import RepoFiles
from spaceport.repos.viewer.image_size import HEADER_BYTES, image_size
from spaceport.repos.viewer.jobs import NotReady
from spaceport.repos.viewer.media_rows import path_in_repo
from spaceport.repos.viewer.process import Workers
from spaceport.repos.viewer.store import Store
from spaceport.repos.viewer.table import About, Dataset, Table, prepare
from spaceport.services import Services

#: Images of an answer whose files are opened to see how large they are; no process with limits does it.
_MAX_LOOKS = 500


class Reading:
    """All of it raises: UnreadableData, EntryNotFound for files that are gone, Unavailable, OSError."""

    def __init__(self, services: Services, store: Store, workers: Workers) -> None:
        self._services = services
        self._store = store
        self._workers = workers

    def prepare(self, table: Table) -> dict[str, Any]:
        """What is known of the split, which is there to be asked afterwards."""
        folder = self._store.folder(*table.key)
        known = self._store.read(folder, "about")
        if known is not None and (folder / "files").is_dir():
            return known
        self._store.require_room(self._services.settings.build_disk_bytes)
        with self._store.scratch(table.dataset.repo_id) as scratch:
            made = scratch / "made"
            about = prepare(table, self._files(table), self._workers, scratch, made).as_json()
            self._store.write(made, about, "about")
            self._store.keep(made, folder)
        return about

    def ask(self, table: Table, about: About, question: Mapping[str, Any], name: tuple[str, ...]) -> dict[str, Any]:
        """Raises: BadQuestion, NotReady, too."""
        self._store.require_room(self._services.settings.build_disk_bytes)
        folder = self._store.folder(*table.key)
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
            self._store.drop(folder)
            raise _cleared()
        with self._store.scratch(table.dataset.repo_id) as scratch:
            answer = self._workers.ask(asked, [files], [assets], scratch)
        if "media" in answer:
            repo_files = self._files(table)
            answer["media"] = _located(answer["media"], table.dataset, repo_files)
            if not _are_there(answer["media"], assets):
                raise _cleared()
        self._store.add(folder, answer, *name)
        return answer

    def _files(self, table: Table) -> RepoFiles:
        with self._services.database.read() as tx:
            repo = find_of_any_type(tx, table.dataset.repo_id)
        if repo is None:
            raise EntryNotFound("the repo is gone")
        usable = usable_files(self._services, repo.id)
        return RepoFiles(folder_of(self._services, repo), table.dataset.sha, self._services.objects, usable)


def _cleared() -> NotReady:
    return NotReady("what was read of this split was just cleared away: ask again")


def _are_there(media: Sequence[Mapping[str, Any]], assets: Path) -> bool:
    """Another folder may have the place by now, without the files that were put aside for this answer."""
    names = set(os.listdir(assets)) if assets.is_dir() else set()
    return all(each["asset"] in names for each in media if "asset" in each)


def _located(media: Sequence[dict[str, Any]], dataset: Dataset, repo_files: RepoFiles) -> list[dict[str, Any]]:
    """Files that the data names by their path, where the repo has them."""
    found = []
    looks: dict[str, dict[str, Any]] = {}
    for each in media:
        named = {key: value for key, value in each.items() if key != "path"}
        path = path_in_repo(each["path"], dataset.paths) if "path" in each else None
        if path is not None and each["type"] == "Image" and path not in looks and len(looks) < _MAX_LOOKS:
            looks[path] = _look(path, repo_files)
        found.append(named if path is None else named | looks.get(path, {"path": path}))
    return found


def _look(path: str, repo_files: RepoFiles) -> dict[str, Any]:
    """Nothing for a file that the repo only names."""
    try:
        size = image_size(repo_files.start(path, HEADER_BYTES))
    except EntryNotFound:
        return {}
    return {"path": path} | ({} if size is None else {"width": size[0], "height": size[1]})
