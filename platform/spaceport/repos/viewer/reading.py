"""What workers are asked of one split, and what is kept of their answers. Runs in threads that may wait."""

from collections.abc import Mapping
from typing import Any

from spaceport.errors import EntryNotFound
from spaceport.repos.finding import folder_of
from spaceport.repos.large_files import usable_files
from spaceport.repos.viewer.gather import RepoFiles
from spaceport.repos.viewer.image_size import HEADER_BYTES, image_size
from spaceport.repos.viewer.jobs import NotReady
from spaceport.repos.viewer.media_rows import path_in_repo
from spaceport.repos.viewer.process import Workers
from spaceport.repos.viewer.store import Store
from spaceport.repos.viewer.table import About, Dataset, Table, prepare
from spaceport.services import Services


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
        if known is not None:
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
            raise NotReady("what was read of this split was just cleared away: ask again")
        with self._store.scratch(table.dataset.repo_id) as scratch:
            answer = self._workers.ask(asked, [files], [assets], scratch)
        if "media" in answer:
            repo_files = self._files(table)
            answer["media"] = [_located(media, table.dataset, repo_files) for media in answer["media"]]
        self._store.write(folder, answer, *name)
        return answer

    def _files(self, table: Table) -> RepoFiles:
        with self._services.database.read() as tx:
            repo = tx.repos.get(table.dataset.repo_id)
        if repo is None:
            raise EntryNotFound("the dataset is gone")
        usable = usable_files(self._services, repo.id)
        return RepoFiles(folder_of(self._services, repo), table.dataset.sha, self._services.objects, usable)


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
