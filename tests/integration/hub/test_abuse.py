"""What somebody sends who wants to harm: refused at the door, at no more cost than an honest request."""

import contextlib
import gzip
import hashlib
import http.client
import os
import struct
import unicodedata
import zlib
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from huggingface_hub import CommitOperationAdd, HfApi
from huggingface_hub.errors import HfHubHTTPError
from tests.unit.test_git_tree import commit_of

from spaceport.repos import door
from spaceport.repos.discussions.opening import open_pull_request
from spaceport.repos.paths import repo_path
from spaceport.repos.refs import read_ref

from .conftest import Hub, change_files, git, make_work, running_hub
from .test_git_protocol import basic

TEN = [f"d{number}" for number in range(10)]


@pytest.mark.parametrize("ref", ["refs/heads/side", "refs/tags/v1", "refs/pr/1"])
def test_folders_that_unfold_to_billions_come_in_by_no_ref(hub: Hub, tmp_path: Path, ref: str) -> None:
    space = hub.space()
    open_pull_request(hub.services, space, hub.person("ada").caller, "A bomb", "")
    folder = repo_path(hub.services.settings.data_dir, space.id)
    before = read_ref(folder, ref)
    commit_of(tmp_path / "bomb", levels=200, names=TEN, leaf="file")
    url = hub.git_url("ada/demo", hub.person("ada").token)
    result = git(tmp_path / "bomb", "push", "-f", url, f"main:{ref}", check=False)

    assert result.code != 0
    assert f"{ref}: the commit has more than 100,000 files and folders" in result.output
    assert read_ref(folder, ref) == before


def test_a_pack_that_unpacks_to_gigabytes_is_given_up(hub: Hub) -> None:
    """A megabyte of zeros, and the order to copy it 1,536 times: twelve kilobytes."""
    space = hub.space()
    zeros = bytes(1024**2)
    copies = b"".join([length_of(len(zeros)), length_of(1536 * len(zeros)), b"\xc0\x10" * 1536])
    base = hashlib.sha1(b"blob %d\0" % len(zeros) + zeros).digest()
    objects = [object_of(3, zeros), object_of(7, copies, base)]
    pack = b"PACK" + struct.pack(">II", 2, len(objects)) + b"".join(objects)
    command = f"{space.head_sha} {'1' * 40} refs/heads/main\0report-status"
    body = f"{len(command) + 4:04x}{command}0000".encode() + pack + hashlib.sha1(pack).digest()
    headers = {**basic(hub.person("ada").token), "Content-Type": "application/x-git-receive-pack-request"}
    answer = httpx.post(f"{hub.url}/spaces/ada/demo/git-receive-pack", content=body, headers=headers, timeout=60)

    assert len(body) < 10_000
    assert answer.content[4:].startswith(b"unpack unpack-objects abnormal exit")
    assert hub.read_space(space).head_sha == space.head_sha


def test_a_large_file_of_zeros_is_refused_by_its_size_not_by_that_of_its_pack(hub: Hub, tmp_path: Path) -> None:
    space = hub.space()
    work = make_work(tmp_path / "work")
    with (work / "zeros.bin").open("wb") as file:
        file.truncate(200 * 1024**2)
    change_files(work, {})
    result = git(work, "push", "-f", hub.git_url("ada/demo", hub.person("ada").token), "main", check=False)

    assert result.code != 0
    assert "zeros.bin has 200.0 MiB; the limit is 10.0 MiB" in result.output
    assert hub.read_space(space).head_sha == space.head_sha


def test_a_bomb_inside_a_history_makes_no_fetch_endless(hub: Hub, tmp_path: Path) -> None:
    """Later commits took it away, so that no ref is at it; git walks every folder once, but for one filter."""
    hub.space()
    bomb = tmp_path / "bomb"
    commit_of(bomb, levels=200, names=TEN, leaf="file")
    work = make_work(tmp_path / "work")
    git(work, "fetch", str(bomb), "main")
    git(work, "merge", "--allow-unrelated-histories", "-s", "ours", "-m", "Take it away", "FETCH_HEAD")
    url = hub.git_url("ada/demo", hub.person("ada").token)
    git(work, "push", "-f", url, "main")
    rules = git(work, "rev-parse", "HEAD:README.md").output.strip()
    refused = git(tmp_path, "clone", "--bare", f"--filter=sparse:oid={rules}", url, "sparse", check=False)

    assert "filter 'sparse:oid' not supported" in refused.output
    for options in ((), ("--depth=1",), ("--filter=blob:none",), ("--filter=tree:0",)):
        git(tmp_path, "clone", "--bare", *options, url, f"clone{len(options)}{options[-1:]}")


def test_a_push_beyond_the_limit_is_refused_in_words_and_not_read_for_ever(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    with running_hub(data_dir, max_push_bytes=1024**2) as hub:
        space = hub.space()
        folder = repo_path(data_dir, space.id)
        url = hub.git_url("ada/demo", hub.person("ada").token)
        before = sorted(folder.rglob("*"))
        for number, mebibytes in enumerate((2, 30)):
            work = make_work(tmp_path / f"work{number}")
            change_files(work, {f"noise{part}.bin": os.urandom(1024**2) for part in range(mebibytes)})
            refused = git(work, "-c", "core.compression=0", "push", "-f", url, "main", check=False)
            assert refused.code != 0
            # Far beyond it the connection may be cut while git is still sending.
            assert mebibytes > 2 or "pack exceeds maximum allowed size" in refused.output

        headers = {"Content-Type": "application/x-git-upload-pack-request", "Content-Encoding": "gzip"}
        zeros = gzip.compress(bytes(100 * 1024**2))
        with contextlib.suppress(httpx.HTTPError):
            answer = httpx.post(f"{hub.url}/spaces/ada/demo/git-upload-pack", content=zeros, headers=headers)
            assert answer.status_code >= 400
        assert httpx.get(f"{hub.url}/api/spaces/ada/demo").json()["sha"] == space.head_sha
        assert sorted(folder.rglob("*")) == before


def test_a_push_of_very_many_commits_is_refused(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "_MAX_NEW_COMMITS", 3)
    hub.space()
    work = make_work(tmp_path / "work")
    for number in range(4):
        change_files(work, {"app.py": f"print({number})\n"})
    url = hub.git_url("ada/demo", hub.person("ada").token)
    refused = git(work, "push", "-f", url, "main:side", check=False)

    assert refused.code != 0
    assert "5 new commits are too many for one push" in refused.output
    git(work, "push", "-f", url, "main~2:refs/heads/side")
    git(work, "push", url, "main:side")


NFC, NFD = (unicodedata.normalize(form, "café.txt") for form in ("NFC", "NFD"))
NAMES = [NFC, NFD, "Data.csv", "data.csv", "データ\u30001.csv", "👩\u200d💻.txt", "می\u200cخواهم.txt", "a b?c#d%41.txt"]


def test_names_in_any_language_come_back_as_they_were_and_twins_are_told(hub: Hub, tmp_path: Path) -> None:
    api = HfApi(hub.url, hub.person("ada").token)
    api.create_repo("ada/names")
    additions = [CommitOperationAdd(f"folder/{name}", name.encode()) for name in NAMES]
    api.create_commit("ada/names", additions, commit_message="Names")
    listed = {each.rfilename for each in api.model_info("ada/names").siblings or ()}
    assert {f"folder/{name}" for name in NAMES} <= listed
    assert {each.path for each in api.list_repo_tree("ada/names", "folder")} == {f"folder/{name}" for name in NAMES}
    for name in NAMES:
        path = api.hf_hub_download("ada/names", f"folder/{name}", local_dir=tmp_path / "one by one")
        assert Path(path).read_text() == name

    work = tmp_path / "work"
    url = f"http://ada:{hub.person('ada').token}@{hub.url.removeprefix('http://')}/ada/names"
    git(tmp_path, "clone", url, "work")
    assert {each.name for each in (work / "folder").iterdir()} == set(NAMES)
    change_files(work, {"more.txt": "x"})
    told = git(work, "push", url, "main").output
    assert "'folder/Data.csv' and 'folder/data.csv' are one file on macOS and Windows" in told
    assert "folder/caf\\xe9.txt" in told

    for name in ("photo\u202egpj.exe", "a\u2066b", ".g\u200cit/config", "GIT~1/config"):
        with pytest.raises(HfHubHTTPError, match="cannot be used"):
            api.upload_file(path_or_fileobj=b"x", path_in_repo=name, repo_id="ada/names")
    change_files(work, {"photo\u202egpj.exe": "x"})
    refused = git(work, "push", url, "main", check=False)
    assert "cannot be stored: it holds control characters" in refused.output
    assert "\u202e" not in refused.output


EVIL_REFS = [
    "../../hooks/x",
    "a/../b",
    "a.lock",
    "a..b",
    "@{1}",
    "-x",
    "HEAD",
    "refs/spaceport/x",
    "a\u202eb",
    "a" * 300,
]


def test_names_of_branches_and_tags_lead_nowhere_else(hub: Hub, tmp_path: Path) -> None:
    space = hub.space()
    folder = repo_path(hub.services.settings.data_dir, space.id)
    before = sorted(folder.rglob("*"))
    headers = {"Authorization": f"Bearer {hub.person('ada').token}"}
    address = f"{hub.url}/api/spaces/ada/demo"
    for name in EVIL_REFS:
        encoded = quote(name, safe="")
        for answer in (
            httpx.post(f"{address}/branch/{encoded}", json={}, headers=headers),
            httpx.post(f"{address}/tag/main", json={"tag": name}, headers=headers),
            httpx.post(f"{address}/tag/{encoded}", json={"tag": "v1"}, headers=headers),
            httpx.post(f"{address}/branch/new", json={"startingPoint": name}, headers=headers),
            httpx.get(f"{address}/tree/{encoded}"),
            httpx.get(f"{hub.url}/spaces/ada/demo/resolve/{encoded}/README.md"),
            httpx.post(f"{address}/commit/{encoded}", content=b"{}", headers=headers),
            httpx.delete(f"{address}/branch/{encoded}", headers=headers),
        ):
            assert answer.status_code in (400, 404), (name, answer.request.url, answer.text)
            assert answer.json()["error"]
    assert sorted(folder.rglob("*")) == before

    work = make_work(tmp_path / "work")
    url = hub.git_url("ada/demo", hub.person("ada").token)
    for ref in ("refs/heads/a\u202eb", "refs/spaceport/x", "refs/notes/x", "refs/pr/../heads/main"):
        refused = git(work, "push", url, f"HEAD:{ref}", check=False)
        assert refused.code != 0, ref
    assert hub.read_space(space).head_sha == space.head_sha


@pytest.mark.parametrize("prefix", ["", "folder/"])
def test_paths_that_lead_elsewhere_are_just_not_there(hub: Hub, prefix: str) -> None:
    hub.space()
    ups = ["../" * 8, "..%2f" * 8, "%2e%2e/" * 8, "%252e%252e%252f" * 8, "..%5c" * 8, "/" * 3]
    for start in ("/spaces/ada/demo/resolve/main/", "/spaces/ada/demo/raw/main/", "/api/spaces/ada/demo/tree/main/"):
        for up in ups:
            path = f"{start}{prefix}{up}etc/passwd"
            host, port = hub.url.removeprefix("http://").split(":")
            connection = http.client.HTTPConnection(host, int(port), timeout=20)
            # No client that follows rules: one that sends the path as it is.
            connection.request("GET", path)
            answer = connection.getresponse()
            assert answer.status in (400, 401, 404), path
            assert b"root:" not in answer.read()
            connection.close()


def object_of(kind: int, content: bytes, base: bytes = b"") -> bytes:
    """An object of a pack. Source: gitformat-pack(5)."""
    size, head = len(content) >> 4, (kind << 4) | (len(content) & 15)
    rest = length_of(size) if size else b""
    return bytes([head | (128 if size else 0)]) + rest + base + zlib.compress(content)


def length_of(number: int) -> bytes:
    groups = []
    while number > 127:
        groups.append(number & 127 | 128)
        number >>= 7
    return bytes([*groups, number])
