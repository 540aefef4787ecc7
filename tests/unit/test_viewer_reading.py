"""What the dataset viewer does with one dataset: looking for its tables, asking workers, keeping answers."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pygit2
import pytest

from spaceport.api.viewer import Found, answer
from spaceport.domain.repo import Repo, RepoType
from spaceport.errors import Unavailable
from spaceport.repos.paths import repo_path
from spaceport.repos.viewer.datasets import Datasets, first_table, look_through
from spaceport.repos.viewer.jobs import NotReady
from spaceport.repos.viewer.layout import NoTables
from spaceport.repos.viewer.process import Limits, Workers
from spaceport.repos.viewer.reading import Reading
from spaceport.repos.viewer.store import Store
from spaceport.repos.viewer.table import About, Dataset, Table
from spaceport.repos.viewer.viewer import Viewer
from spaceport.services import Services
from tests.unit.factories import NOW
from tests.unit.services import make_bench

LIMIT_SECONDS = 30
QUESTION = {"do": "rows", "offset": 0, "length": 1}
NAME = ("answer", "first row")


class Clerk(Workers):
    """Says what every worker says, and calls somebody while it is asked for rows."""

    def __init__(self, media: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(Limits(2**30, 60))
        self.media = [dict(each) for each in media]
        self.meanwhile: Callable[[], object] = lambda: None
        self.asked = 0

    def ask(
        self, question: Mapping[str, Any], readable: Sequence[Path], writable: Sequence[Path], scratch: Path
    ) -> dict[str, Any]:
        self.asked += 1
        if question["do"] == "convert":
            Path(question["out"], "0000.parquet").write_bytes(b"rows")
            return {"features": {"a": {}}, "num_rows": [1], "num_bytes_memory": 1, "is_cut": False}
        self.meanwhile()
        return {"rows": [{"row_idx": 0, "row": {"a": None}}], "media": self.media}


def commit(services: Services, repo: Repo, files: Mapping[str, bytes]) -> None:
    """Files in the root of the repo, at the head of ``main``."""
    git = pygit2.init_repository(str(repo_path(services.settings.data_dir, repo.id, repo.type)), bare=True)
    builder = git.TreeBuilder()
    for name, content in files.items():
        builder.insert(name, git.create_blob(content), pygit2.enums.FileMode.BLOB)
    who = pygit2.Signature("ada", "ada@localhost")
    git.create_commit("refs/heads/main", who, who, "Files", builder.write(), [])


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return make_bench(tmp_path / "data").services


@pytest.fixture
def repo(services: Services) -> Repo:
    """A dataset with one CSV file."""
    repo = Repo("a" * 24, RepoType.DATASET, "user", "ada", "words", False, NOW, NOW)
    with services.database.begin() as tx:
        tx.repos.add(repo)
    commit(services, repo, {"train.csv": b"a\n1\n", "some.png": b"", "else.png": b""})
    return repo


@pytest.fixture
def datasets(services: Services) -> Iterator[Datasets]:
    datasets = Datasets(services)
    yield datasets
    datasets.close()


@pytest.fixture
def table(datasets: Datasets, repo: Repo) -> Table:
    table = first_table(asyncio.run(datasets.at_head(repo, "ada")))
    assert table is not None
    return table


def test_a_split_that_is_cleared_away_during_a_question_can_be_read_again(services: Services, table: Table) -> None:
    clerk, store = Clerk(), Store(services.settings.data_dir, 10**9)
    reading, folder = Reading(services, store, clerk), store.folder(*table.key)
    about = About(**reading.prepare(table))
    clerk.meanwhile = lambda: store.drop(folder)
    reading.ask(table, about, QUESTION, NAME)

    assert store.read(folder, *NAME) is None
    clerk.meanwhile = lambda: None
    with pytest.raises(NotReady):
        reading.ask(table, about, QUESTION, NAME)
    again = About(**reading.prepare(table))
    assert reading.ask(table, again, QUESTION, NAME) == store.read(folder, *NAME)


def test_a_split_whose_files_are_gone_is_read_again(services: Services, table: Table) -> None:
    store = Store(services.settings.data_dir, 10**9)
    reading, folder = Reading(services, store, Clerk()), store.folder(*table.key)
    about = About(**reading.prepare(table))
    (folder / "files" / "0000.parquet").unlink()
    (folder / "files").rmdir()
    with pytest.raises(NotReady):
        reading.ask(table, about, QUESTION, NAME)

    assert store.read(folder, "about") is None
    reading.prepare(table)
    assert reading.ask(table, about, QUESTION, NAME)["rows"]


def test_an_answer_is_not_kept_without_the_pictures_that_were_put_aside_for_it(
    services: Services, table: Table
) -> None:
    clerk = Clerk([{"row": 0, "at": ["a"], "type": "Image", "asset": f"{'0' * 32}.png"}])
    store = Store(services.settings.data_dir, 10**9)
    reading = Reading(services, store, clerk)
    about = About(**reading.prepare(table))

    with pytest.raises(NotReady):
        reading.ask(table, about, QUESTION, NAME)
    assert store.read(store.folder(*table.key), *NAME) is None


def test_nothing_is_asked_where_the_disk_is_nearly_full(services: Services, table: Table) -> None:
    clerk, store = Clerk(), Store(services.settings.data_dir, 10**9)
    about = About(**Reading(services, store, clerk).prepare(table))
    full = replace(services, settings=replace(services.settings, build_disk_bytes=2**62))
    asked = clerk.asked

    with pytest.raises(Unavailable, match="nearly full"):
        Reading(full, store, clerk).ask(table, about, QUESTION, NAME)
    assert clerk.asked == asked


def test_each_picture_is_looked_at_once(services: Services, table: Table) -> None:
    media = {"row": 0, "at": ["a"], "type": "Image"}
    clerk = Clerk([{**media, "path": "some.png"}, {**media, "path": "some.png"}, {**media, "path": "../other.png"}])
    reading = Reading(services, Store(services.settings.data_dir, 10**9), clerk)
    found = reading.ask(table, About(**reading.prepare(table)), QUESTION, NAME)["media"]

    assert [each.get("path") for each in found] == ["some.png", "some.png", None]


def test_tables_are_looked_for_once_and_not_in_the_threads_that_send_files(services: Services, repo: Repo) -> None:
    go, looks = threading.Event(), []

    def look(repo: Repo, sha: str, folder: Path) -> Dataset:
        looks.append(sha)
        assert go.wait(LIMIT_SECONDS)
        return look_through(repo, sha, folder)

    async def many_ask() -> list[Dataset]:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as only_thread:
            loop.set_default_executor(only_thread)
            asked = [asyncio.create_task(datasets.at_head(repo, f"asker{number}")) for number in range(10)]
            while not looks:
                await asyncio.to_thread(lambda: None)
            assert await asyncio.to_thread(lambda: "a file") == "a file"
            go.set()
            return list(await asyncio.gather(*asked))

    datasets = Datasets(services, look)
    try:
        found = asyncio.run(many_ask())
    finally:
        go.set()
        datasets.close()

    assert len(looks) == 1
    assert len(found) == 10


def test_it_is_remembered_that_there_are_no_tables(services: Services, repo: Repo) -> None:
    looks = []

    def look(_repo: Repo, sha: str, _folder: Path) -> Dataset:
        looks.append(sha)
        raise NoTables("nothing to see")

    datasets = Datasets(services, look)
    try:
        for _ in range(3):
            with pytest.raises(NoTables, match="nothing to see"):
                asyncio.run(datasets.at_head(repo, "ada"))
    finally:
        datasets.close()

    assert len(looks) == 1


def test_a_dataset_that_was_moved_is_known_by_its_new_name(datasets: Datasets, repo: Repo) -> None:
    asyncio.run(datasets.at_head(repo, "ada"))
    moved = replace(repo, name="phrases")
    known = datasets.known_at_head(moved, "ada")

    assert known is not None
    assert known.full_name == moved.full_name


def test_who_waits_a_moment_gets_the_first_rows_at_the_first_visit(
    services: Services, datasets: Datasets, table: Table, repo: Repo
) -> None:
    viewer = Viewer(services)
    try:
        dataset = datasets.known_at_head(repo, "ada", patience_seconds=60)
        found = viewer.first_rows(table, "ada", 10, patience_seconds=60)
    finally:
        viewer.close()

    assert dataset is not None
    assert found is not None
    assert found[1]["rows"]


def test_long_answers_are_written_outside_of_the_event_loop(services: Services, table: Table, repo: Repo) -> None:
    threads = []

    def write(value: str) -> dict[str, Any]:
        threads.append(threading.current_thread())
        return {"value": value}

    viewer = Viewer(services)
    try:
        response = asyncio.run(answer(viewer, Found(repo, table.dataset, "ada"), write, "long"))
    finally:
        viewer.close()

    assert bytes(response.body) == b'{"value":"long"}'
    assert threads != [threading.current_thread()]


def test_no_file_stays_open_of_workers_that_answered_or_were_ended(services: Services, table: Table) -> None:
    """The hub reads for months: a descriptor for each question would be its end."""

    def ours() -> set[str]:
        found = set()
        for name in os.listdir("/proc/self/fd"):
            try:
                target = os.readlink(f"/proc/self/fd/{name}")
            except OSError:
                continue
            if str(services.settings.data_dir) in target or target.startswith("pipe:"):
                found.add(target)
        return found

    store = Store(services.settings.data_dir, 10**9)
    workers = Workers(Limits(2**30, 60))
    reading = Reading(services, store, workers)
    about = About(**reading.prepare(table))
    before = ours()
    for number in range(5):
        reading.ask(table, about, {**QUESTION, "offset": number}, ("answer", str(number)))
    hasty = Workers(Limits(2**30, 0))
    for number in range(5):
        with pytest.raises(Exception, match=r"longer than|more memory or time"):
            Reading(services, store, hasty).ask(table, about, QUESTION, ("answer", f"hasty {number}"))

    assert ours() <= before
