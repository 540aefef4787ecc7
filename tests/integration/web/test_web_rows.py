"""The rows of datasets as a browser without scripts sees them."""

import re
from pathlib import Path

import duckdb
import httpx
import pytest

from spaceport.domain.account import Caller, User
from spaceport.domain.repo import Repo, RepoType
from spaceport.repos.commits.operations import AddFile
from spaceport.repos.commits.write import write_commit
from spaceport.repos.repo_creation import create_repo

from .conftest import Hub, wait_for

EVIL = "<script>alert(1)</script>"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000030000000208020000001216f14d0000001049444154789c63f8cf"
    "c0c0c000a298a1340000170e02fec1a7ce9d0000000049454e44ae426082"
)
CARD = """---
configs:
- {config_name: words, data_files: words.csv}
- config_name: numbers
  data_files:
  - {split: train, path: numbers.csv}
  - {split: test, path: few.csv}
---
"""


def dataset(hub: Hub, owner: User, name: str, files: dict[str, bytes], private: bool = False) -> Repo:
    repo = create_repo(hub.services, Caller(owner), RepoType.DATASET, name, private=private)
    operations = [AddFile(path, content) for path, content in files.items()]
    write_commit(hub.services, repo, Caller(owner), "main", operations, "Add data")
    return repo


def read(browser: httpx.Client, path: str) -> str:
    """A page whose rows have been read."""
    pages: list[str] = []

    def is_ready() -> bool:
        pages.append(browser.get(path).text)
        return 'http-equiv="refresh"' not in pages[-1]

    wait_for(is_ready, "the rows")
    return pages[-1]


@pytest.fixture
def ada(hub: Hub) -> User:
    return hub.user("ada")


def test_rows_are_shown_in_pages_by_config_and_split(hub: Hub, ada: User) -> None:
    words = f"text,long\n{EVIL},{'x' * 300}\nsecond,\n"
    numbers = "n\n" + "\n".join(map(str, range(120)))
    files = {"README.md": CARD, "words.csv": words, "numbers.csv": numbers, "few.csv": "n\n7\n"}
    dataset(hub, ada, "tables", {path: content.encode() for path, content in files.items()})
    browser = hub.browser()
    first = read(browser, "/datasets/ada/tables/viewer")

    assert "Rows 1–2 of 2" in first
    assert EVIL not in first
    assert f"<summary>{'x' * 200}…</summary>" in first
    assert "null" in first
    assert '<option value="words" selected>' in first
    second = read(browser, "/datasets/ada/tables/viewer?config=numbers&split=train&p=1")
    assert "Rows 51–100 of 120" in second
    assert re.findall(r'href="(\?[^"]+)" rel="(prev|next)"', second) == [
        ("?config=numbers&amp;split=train", "prev"),
        ("?config=numbers&amp;split=train&amp;p=2", "next"),
    ]
    assert "Rows 1–1 of 1" in read(browser, "/datasets/ada/tables/viewer?config=numbers&split=test")
    assert "Rows 1–2 of 2" in read(browser, "/datasets/ada/tables/viewer?config=words&split=test")
    found = read(browser, "/datasets/ada/tables/viewer?config=words&split=train&q=SECOND")
    assert "Rows 1–1 of 1" in found
    wait_for(lambda: ">second</div>" in browser.get("/datasets/ada/tables").text, "the preview")
    preview = browser.get("/datasets/ada/tables").text
    assert "First rows" in preview
    assert EVIL not in preview


def test_pictures_are_shown_and_what_cannot_be_shown_says_why(hub: Hub, ada: User) -> None:
    dataset(hub, ada, "pictures", {"cat/1.png": PNG, "dog/2.png": PNG})
    dataset(hub, ada, "broken", {"a.parquet": b"this is no table"})
    dataset(hub, ada, "none", {"README.md": b"# None"})
    dataset(hub, ada, "secret", {"a.csv": b"x\n1\n"}, private=True)
    browser = hub.browser()
    pictures = read(browser, "/datasets/ada/pictures/viewer")

    (source, _) = re.findall(r'<img src="(/datasets-server/assets/[^"]+)"', pictures)
    assert browser.get(source).content == PNG
    assert ">cat</div>" in pictures
    assert "No rows to show" in read(browser, "/datasets/ada/broken/viewer")
    assert "no data files" in read(browser, "/datasets/ada/none/viewer")
    wait_for(lambda: "First rows" not in browser.get("/datasets/ada/none").text, "that there are none")
    assert browser.get("/datasets/ada/secret/viewer").status_code == 404
    assert browser.get("/datasets/ada/secret").status_code == 404
    assert "Rows 1–1 of 1" in read(hub.browser(ada), "/datasets/ada/secret/viewer")


def test_a_search_that_does_not_fit_the_table_says_why(hub: Hub, ada: User, tmp_path: Path) -> None:
    """Two files that only their names make one split."""
    files = {}
    for name, value in (("train-0.parquet", "{'a': 1}"), ("train-1.parquet", "5")):
        with duckdb.connect() as connection:
            connection.execute(f"COPY (SELECT 'some' AS t, {value} AS s) TO '{tmp_path / name}' (FORMAT parquet)")
        files[name] = (tmp_path / name).read_bytes()
    dataset(hub, ada, "unequal", files)
    page = read(hub.browser(), "/datasets/ada/unequal/viewer?q=some")

    assert "No rows to show" in page
    assert "train-1.parquet" in page
    assert 'value="some"' in page
    assert str(hub.services.settings.data_dir) not in page
