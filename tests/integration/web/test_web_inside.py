"""What the page of a file shows of data that is no text: rows of Parquet, tensors of safetensors, large files."""

import json
from pathlib import Path

import duckdb
import pytest

from spaceport.domain.account import Caller, User
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.repos.commits.operations import AddFile, AddLarge
from spaceport.repos.commits.write import write_commit
from spaceport.repos.large_files import keep_large_file
from spaceport.repos.repo_creation import create_repo

from .conftest import Hub
from .test_web_rows import EVIL, read


@pytest.fixture
def ada(hub: Hub) -> User:
    return hub.user("ada")


@pytest.fixture
def parquet(tmp_path: Path) -> bytes:
    target = tmp_path / "rows.parquet"
    rows = f"SELECT range AS number, '{EVIL}' AS word, [1.5::DOUBLE, 2] AS pair FROM range(50)"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({rows}) TO '{target}' (FORMAT parquet)")
    return target.read_bytes()


def commit(hub: Hub, repo: Space | Repo, owner: User, files: dict[str, bytes]) -> None:
    operations = [AddFile(path, content) for path, content in files.items()]
    write_commit(hub.services, repo, Caller(owner), "main", operations, "Add data")


def test_parquet_files_of_any_repo_show_their_first_rows(hub: Hub, ada: User, parquet: bytes) -> None:
    space = hub.space(ada, "demo")
    model = create_repo(hub.services, Caller(ada), RepoType.MODEL, "tiny", private=True)
    browser = hub.browser(ada)
    for repo, base in ((space, "/spaces/ada/demo"), (model, "/ada/tiny")):
        commit(hub, repo, ada, {"data/rows.parquet": parquet, "broken.parquet": b"PAR1\0no table\0PAR1"})

        page = read(browser, f"{base}/blob/main/data/rows.parquet")
        for part in ("50 rows", "3 columns", "int64", "list of float64", "[1.5, 2.0]", "&lt;script&gt;"):
            assert part in page, part
        assert EVIL not in page
        assert '<th scope="row" class="data-row">19</th>' in page
        assert '<th scope="row" class="data-row">20</th>' not in page
        assert "Not shown:" in read(browser, f"{base}/blob/main/broken.parquet")
    assert hub.browser(hub.user("eve")).get("/ada/tiny/blob/main/data/rows.parquet").status_code == 404


def test_safetensors_files_show_their_tensors(hub: Hub, ada: User) -> None:
    model = create_repo(hub.services, Caller(ada), RepoType.MODEL, "tiny")
    tensors = {f"layer.{number}": {"dtype": "F16", "shape": [2, 3], "data_offsets": [0, 12]} for number in range(600)}
    header = json.dumps({"__metadata__": {"format": EVIL}, **tensors}).encode()
    whole = len(header).to_bytes(8, "little") + header + b"\0" * 12
    commit(hub, model, ada, {"model.safetensors": whole, "cut.safetensors": whole[:100]})

    page = hub.browser().get("/ada/tiny/blob/main/model.safetensors").text

    for part in ("600 tensors", "these are the first 500", "layer.499", "2 × 3", "F16", "&lt;script&gt;"):
        assert part in page, part
    assert "layer.500" not in page
    assert EVIL not in page
    assert "cannot be read" in hub.browser().get("/ada/tiny/blob/main/cut.safetensors").text


def test_a_large_file_tells_its_size_hash_and_pointer(hub: Hub, ada: User, parquet: bytes) -> None:
    model = create_repo(hub.services, Caller(ada), RepoType.MODEL, "tiny")
    staged = hub.services.objects.staging / "file"
    staged.write_bytes(parquet)
    stored = hub.services.objects.adopt(staged)
    keep_large_file(hub.services, model.id, stored)
    large = AddLarge("large/rows.parquet", stored.sha256, stored.size_bytes)
    write_commit(hub.services, model, Caller(ada), "main", [large], "Add data")

    page = read(hub.browser(), "/ada/tiny/blob/main/large/rows.parquet")

    assert f'<dd class="mono">{stored.sha256}</dd>' in page
    assert f"oid sha256:{stored.sha256}\nsize {len(parquet)}" in page
    assert f"{len(parquet):,} bytes" in page
    assert "50 rows" in page
