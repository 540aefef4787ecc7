"""Large files over HTTP: what the API says of them, and how they are downloaded."""

import os
from pathlib import Path
from typing import Any

import httpx
import pytest
from huggingface_hub import HfApi, hf_hub_download, snapshot_download
from tests.integration.hub.conftest import Hub
from tests.integration.hub.test_git_lfs import SHA, WEIGHTS, make_model, push_weights

pytestmark = pytest.mark.git_lfs
PATH = "/ada/tiny/resolve/main/model.safetensors"


def test_a_download_is_the_file_and_its_head_tells_all(hub: Hub, tmp_path: Path) -> None:
    make_model(hub)
    commit = push_weights(hub, tmp_path / "work")

    head, got = httpx.head(hub.url + PATH), httpx.get(hub.url + PATH)

    assert got.content == WEIGHTS
    for answer in (head, got):
        assert answer.status_code == 200
        assert answer.headers["x-repo-commit"] == commit
        assert answer.headers["etag"] == answer.headers["x-linked-etag"] == f'"{SHA}"'
        assert answer.headers["x-linked-size"] == answer.headers["content-length"] == str(len(WEIGHTS))
        assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-0", 0, 0), ("bytes=100-2000000", 100, 2000000), ("bytes=-7", len(WEIGHTS) - 7, len(WEIGHTS) - 1)],
)
def test_ranges_are_parts_of_the_file(hub: Hub, tmp_path: Path, asked: str, first: int, last: int) -> None:
    make_model(hub)
    push_weights(hub, tmp_path / "work")

    got = httpx.get(hub.url + PATH, headers={"Range": asked})

    assert got.status_code == 206
    assert got.headers["content-range"] == f"bytes {first}-{last}/{len(WEIGHTS)}"
    assert got.content == WEIGHTS[first : last + 1]


def test_a_range_behind_the_end_is_refused(hub: Hub, tmp_path: Path) -> None:
    make_model(hub)
    push_weights(hub, tmp_path / "work")

    got = httpx.get(hub.url + PATH, headers={"Range": f"bytes={len(WEIGHTS)}-"})

    assert got.status_code == 416
    assert got.headers["content-range"] == f"bytes */{len(WEIGHTS)}"


def test_raw_is_the_pointer(hub: Hub, tmp_path: Path) -> None:
    make_model(hub)
    push_weights(hub, tmp_path / "work")

    got = httpx.get(hub.url + PATH.replace("resolve", "raw"))

    assert got.text == f"version https://git-lfs.github.com/spec/v1\noid sha256:{SHA}\nsize {len(WEIGHTS)}\n"


def test_lists_show_the_size_of_the_file_itself(hub: Hub, tmp_path: Path) -> None:
    make_model(hub)
    push_weights(hub, tmp_path / "work")
    api = HfApi(hub.url, token=False)

    (entry,) = [each for each in api.list_repo_tree("ada/tiny") if each.path == "model.safetensors"]
    siblings = {each.rfilename: each for each in api.model_info("ada/tiny", files_metadata=True).siblings or []}

    assert entry.size == len(WEIGHTS)
    assert (entry.lfs.sha256, entry.lfs.size, entry.lfs.pointer_size) == (SHA, len(WEIGHTS), 132)
    assert siblings["model.safetensors"].size == len(WEIGHTS)
    assert siblings["model.safetensors"].lfs.sha256 == SHA
    assert siblings[".gitattributes"].lfs is None


def test_the_client_downloads_it_into_cache_and_folder(hub: Hub, tmp_path: Path) -> None:
    make_model(hub)
    push_weights(hub, tmp_path / "work")
    options: dict[str, Any] = {"endpoint": hub.url, "token": False}

    whole = hf_hub_download("ada/tiny", "model.safetensors", cache_dir=tmp_path / "cache", **options)
    folder = snapshot_download("ada/tiny", local_dir=tmp_path / "local", **options)

    assert os.path.basename(os.path.realpath(whole)) == SHA
    assert Path(whole).read_bytes() == WEIGHTS
    assert (Path(folder) / "model.safetensors").read_bytes() == WEIGHTS


def test_a_private_file_is_not_found_by_others(hub: Hub, tmp_path: Path) -> None:
    make_model(hub, private=True)
    push_weights(hub, tmp_path / "work")
    eve = {"Authorization": f"Bearer {hub.person('eve').token}"}

    for path in (PATH, PATH.replace("resolve", "raw"), PATH.replace("tiny", "absent")):
        assert httpx.get(hub.url + path, headers=eve).status_code == 404
        assert httpx.get(hub.url + path).status_code == 401


def test_a_file_whose_right_is_gone_is_not_found(hub: Hub, tmp_path: Path) -> None:
    repo = make_model(hub)
    commit = push_weights(hub, tmp_path / "work")
    with hub.services.database.begin() as tx:
        tx.blobs.remove(SHA)

    got = httpx.get(hub.url + PATH)

    assert repo.id
    assert (got.status_code, got.headers["x-error-code"]) == (404, "EntryNotFound")
    assert got.headers["x-repo-commit"] == commit
