"""Downloads in chunks: by the real clients, byte for byte, and by those who should get nothing."""

import hashlib
import io
import warnings
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from huggingface_hub import HfApi, hf_hub_download, snapshot_download
from tests.integration.hub.conftest import Hub, wait_until
from tests.xet_capture import repeatable_bytes
from tests.xet_download import DownloadFailed, xet_download

from spaceport.domain.blob import StoredBlob
from spaceport.domain.repo import RepoType
from spaceport.repos.large_files import keep_large_file

REPO = "ada/tiny"
NOISE = repeatable_bytes("downloads", 20_000_000)
#: Two terms; some of it twice.
LARGE = NOISE + NOISE[3_000_000:9_000_000]
BY_XET, BY_LFS = NOISE[:2_000_000], NOISE[1_000_000:3_000_001]


@pytest.fixture
def hub(own_hub: Hub) -> Hub:
    return own_hub


def api_of(hub: Hub, name: str = "ada") -> HfApi:
    return HfApi(hub.url, hub.person(name).token)


@pytest.fixture
def api(hub: Hub, tmp_path: Path) -> HfApi:
    """A file that came by Xet, and one that came by LFS, as those do that are sent from an open file."""
    api = api_of(hub)
    api.create_repo(REPO)
    (tmp_path / "xet.bin").write_bytes(BY_XET)
    api.upload_file(path_or_fileobj=tmp_path / "xet.bin", path_in_repo="xet.bin", repo_id=REPO)
    with warnings.catch_warnings():
        # The client's own, about what it does itself.
        warnings.simplefilter("ignore", DeprecationWarning)
        api.upload_file(path_or_fileobj=io.BytesIO(BY_LFS), path_in_repo="lfs.bin", repo_id=REPO)
    return api


def named(api: HfApi, repo: str = REPO) -> dict[str, str]:
    """The xet hashes of a tree."""
    return {each.path: each.xet_hash for each in api.list_repo_tree(repo) if each.xet_hash}


def refresh_url(hub: Hub, repo: str = REPO) -> str:
    return f"{hub.url}/api/models/{repo}/xet-read-token/main"


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_the_real_clients_download_in_chunks(hub: Hub, api: HfApi, tmp_path: Path) -> None:
    (tmp_path / "large.bin").write_bytes(LARGE)
    api.upload_file(path_or_fileobj=tmp_path / "large.bin", path_in_repo="large.bin", repo_id=REPO)
    token, cache, names = hub.person("ada").token, tmp_path / "cache", named(api)
    contents = {"large.bin": LARGE, "lfs.bin": BY_LFS, "xet.bin": BY_XET}

    with hub.services.database.read() as tx:
        blobs = {name: tx.blobs.get(sha256_of(content)) for name, content in contents.items()}
    hashes = {name: blob.xet_hash if blob else None for name, blob in blobs.items()}
    assert names == hashes | {"lfs.bin": sha256_of(BY_LFS)}
    assert {each.path: each.xet_hash for each in api.get_paths_info(REPO, list(contents))} == names
    for name, version in (("large.bin", None), ("large.bin", 1), ("lfs.bin", None)):
        got = xet_download(refresh_url(hub), names[name], len(contents[name]), cache, token, version=version)
        assert got == contents[name]
    for part in ((0, 1), (131_071, 131_073), (999_999, len(LARGE) - 7), (len(LARGE) - 1, len(LARGE))):
        assert xet_download(refresh_url(hub), names["large.bin"], len(LARGE), cache, token, part) == LARGE[slice(*part)]

    # Only what came in chunks gets into the cache that repos share. Of two that get there at once the client drops one.
    one = hf_hub_download(REPO, "large.bin", endpoint=hub.url, token=token, cache_dir=tmp_path / "one")
    folder = snapshot_download(REPO, endpoint=hub.url, token=token, cache_dir=tmp_path / "all", max_workers=1)
    assert Path(one).read_bytes() == LARGE
    assert {name: Path(folder, name).read_bytes() for name in contents} == contents
    shared = [path.name for path in (tmp_path / "all/blobs").rglob("*") if path.is_file() and len(path.name) == 64]
    assert sorted(shared) == sorted(names.values())
    # The one who downloaded is counted once.
    wait_until(lambda: api.model_info(REPO, expand=["downloads"]).downloads == 1)


def test_a_file_of_another_repo_is_not_there(hub: Hub, api: HfApi, tmp_path: Path) -> None:
    name = named(api)["xet.bin"]
    api_of(hub, "eve").create_repo("eve/own")

    # Now and then the client ends a stream that it was refused as if there were nothing to read.
    with suppress(DownloadFailed):
        refresh = refresh_url(hub, "eve/own")
        assert xet_download(refresh, name, len(BY_XET), tmp_path / "cache", hub.person("eve").token) == b""

    assert Cas(hub, "eve", "eve/own").reconstruction(sha256_of(BY_XET)).status_code == 404
    assert Cas(hub, "eve", "eve/own").reconstruction("0" * 64).status_code == 404


class Cas:
    """The CAS with a read token that somebody got for a repo."""

    def __init__(self, hub: Hub, who: str = "ada", repo: str = REPO) -> None:
        headers = {"Authorization": f"Bearer {hub.person(who).token}"}
        told = httpx.get(refresh_url(hub, repo), headers=headers).raise_for_status().json()
        self.url, self.headers = told["casUrl"], {"Authorization": f"Bearer {told['accessToken']}"}

    def reconstruction(self, name: str, span: str | None = None, version: str = "v2/") -> httpx.Response:
        headers = self.headers | ({"Range": span} if span else {})
        return httpx.get(f"{self.url}/{version}reconstructions/{name}", headers=headers)


def first_fetch(answer: httpx.Response) -> tuple[str, dict[str, str]]:
    """The first address of a reconstruction, and the Range that is to be asked for."""
    ((fetch, *_), *_) = answer.json()["xorbs"].values()
    place = fetch["ranges"][0]["bytes"]
    return fetch["url"], {"Range": f"bytes={place['start']}-{place['end']}"}


def test_answers_keep_to_what_was_asked_for(hub: Hub, api: HfApi) -> None:
    cas, name = Cas(hub), named(api)["lfs.bin"]

    def size(answer: httpx.Response) -> int:
        return sum(term["unpacked_length"] for term in answer.json()["terms"])

    whole, old = cas.reconstruction(name), cas.reconstruction(name, version="")
    part = cas.reconstruction(name, "bytes=200000-200100", "v1/")
    beyond = [cas.reconstruction(name, f"bytes={len(BY_LFS)}-", version) for version in ("v1/", "v2/")]
    url, span = first_fetch(whole)
    got = httpx.get(url, headers=span)

    assert size(whole) == len(BY_LFS)
    assert old.json()["terms"] == whole.json()["terms"]
    assert (size(part), part.json()["offset_into_first_range"]) == (131_072, 200_000 - 131_072)
    for answer in beyond:
        assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{len(BY_LFS)}")
    assert got.status_code == 206
    assert got.content[8:1000] == BY_LFS[:992]
    assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert httpx.get(url, headers={"Range": "bytes=999999999-"}).status_code == 416
    assert httpx.get(url.replace("/0?", "/1?")).status_code == 404
    assert httpx.get(url.replace("/0?", "/-1?")).status_code == 404


def test_addresses_of_bytes_cannot_be_made(hub: Hub, api: HfApi) -> None:
    url, span = first_fetch(Cas(hub).reconstruction(named(api)["lfs.bin"]))
    path, _, ticket = url.partition("?ticket=")
    fields, _, signature = ticket.partition(".")

    forged = [
        *(path, f"{path}?ticket=", f"{path}?ticket={fields}.{signature[::-1]}"),
        f"{path.replace(sha256_of(BY_LFS), sha256_of(BY_XET))}?ticket={ticket}",
    ]

    assert httpx.get(url, headers=span).status_code == 206
    assert [httpx.get(each).status_code for each in forged] == [403] * 4


def test_a_repo_that_is_closed_closes_what_was_opened(hub: Hub, api: HfApi) -> None:
    """A token is good for an hour, and so is the address of bytes."""
    name, eve = named(api)["xet.bin"], Cas(hub, "eve")
    assert eve.reconstruction(name).status_code == 200

    api.update_repo_settings(REPO, gated="manual")
    assert eve.reconstruction(name).status_code == 403
    api.update_repo_settings(REPO, gated=False, private=True)
    assert eve.reconstruction(name).status_code == 403

    ada = Cas(hub)
    url, _ = first_fetch(ada.reconstruction(name))
    api.permanently_delete_lfs_files(REPO, list(api.list_lfs_files(REPO)))
    assert ada.reconstruction(name).status_code == 404
    assert httpx.get(url).status_code == 404


def test_a_token_for_proposals_reads_nothing(hub: Hub, api: HfApi) -> None:
    """Who was not let in by a gated repo may propose changes to it, and its tree tells the hashes."""
    api.update_repo_settings(REPO, gated="manual")
    headers = {"Authorization": f"Bearer {hub.person('eve').token}"}
    name = named(api_of(hub, "eve"))["xet.bin"]

    told = httpx.get(f"{hub.url}/api/models/{REPO}/xet-write-token/None?create_pr=1", headers=headers).json()
    writing = {"Authorization": f"Bearer {told['accessToken']}"}

    assert httpx.get(refresh_url(hub), headers=headers).status_code == 403
    for version in ("v1", "v2"):
        answer = httpx.get(f"{told['casUrl']}/{version}/reconstructions/{name}", headers=writing)
        assert answer.status_code == 403
    assert httpx.get(f"{told['casUrl']}/v2/reconstructions/{name}", headers=headers).status_code == 401


def test_the_same_bytes_by_another_way_elsewhere_change_no_name(hub: Hub, api: HfApi, tmp_path: Path) -> None:
    """That somebody else sent a file by Xet would be told by its hash."""
    eve = api_of(hub, "eve")
    eve.create_repo("eve/own", private=True)
    (tmp_path / "same.bin").write_bytes(BY_LFS)
    eve.upload_file(path_or_fileobj=tmp_path / "same.bin", path_in_repo="same.bin", repo_id="eve/own")

    mine, hers = named(api)["lfs.bin"], named(eve, "eve/own")["same.bin"]

    assert mine == sha256_of(BY_LFS) != hers
    assert Cas(hub).reconstruction(hers).status_code == 404
    assert Cas(hub, "eve", "eve/own").reconstruction(mine).status_code == 200


def test_a_file_too_large_for_plain_downloads_is_read_to_its_end(hub: Hub, tmp_path: Path) -> None:
    """Larger than the 50 GB up to which clients get files by plain HTTP; a hole on disk but for its last bytes."""
    api, size, ending = api_of(hub), 51_000_000_123, b"the end of it"
    api.create_repo(REPO)
    sha256 = sha256_of(ending)
    path = tmp_path / "data/objects" / sha256[:2] / sha256[2:4] / sha256
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.truncate(size - len(ending))
        file.seek(size - len(ending))
        file.write(ending)
    with hub.services.database.read() as tx:
        repo = tx.repos.by_name(RepoType.MODEL, *REPO.split("/"))
    assert repo is not None
    keep_large_file(hub.services, repo.id, StoredBlob(sha256, size), hub.person("ada").user.id)

    got = xet_download(
        refresh_url(hub), sha256, size, tmp_path / "cache", hub.person("ada").token, (size - 200_000, size)
    )

    assert got == bytes(200_000 - len(ending)) + ending
