"""Commits over the API, by the released huggingface_hub, and by hand where that never goes."""

import base64
import hashlib
import io
import json
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationCopy, CommitOperationDelete, HfApi
from huggingface_hub.errors import BadRequestError, HfHubHTTPError
from huggingface_hub.hf_api import RepoFile

from spaceport.domain.history import HappeningKind
from spaceport.domain.repo import RepoType
from spaceport.notify.payload import payload_of, told_of

from .conftest import Hub, git


@pytest.fixture
def api(hub: Hub) -> HfApi:
    api = HfApi(endpoint=hub.url, token=hub.person("ada").token)
    api.create_repo("ada/tiny")
    return api


@pytest.fixture
def stranger(hub: Hub) -> HfApi:
    return HfApi(endpoint=hub.url, token=hub.person("eve").token)


def post(hub: Hub, action: str, body: Any, who: str = "ada", rest: str = "main") -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {hub.person(who).token}", "Content-Type": "application/json"}
    return httpx.post(f"{hub.url}/api/models/ada/tiny/{action}/{rest}", content=content, headers=headers)


def commit(hub: Hub, *operations: dict[str, Any], header: dict[str, Any] | None = None) -> httpx.Response:
    lines: list[dict[str, Any]] = [{"key": "header", "value": {"summary": "By hand"} | (header or {})}, *operations]
    return post(hub, "commit", "\n".join(json.dumps(line) for line in lines).encode())


def file(path: str, content: bytes = b"x", **more: Any) -> dict[str, Any]:
    value = {"path": path, "content": base64.b64encode(content).decode(), "encoding": "base64"}
    return {"key": "file", "value": value | more}


def listed(api: HfApi, repo_id: str = "ada/tiny", **options: Any) -> set[str]:
    return set(api.list_repo_files(repo_id, **options)) - {".gitattributes"}


def test_an_uploaded_file_is_what_git_clones(hub: Hub, api: HfApi, tmp_path: Path) -> None:
    info = api.upload_file(path_or_fileobj=b"hello\n", path_in_repo="a/b.txt", repo_id="ada/tiny", commit_message="Hi")
    git(tmp_path, "clone", "-q", f"{hub.url}/ada/tiny", "work")

    assert (tmp_path / "work" / "a" / "b.txt").read_text() == "hello\n"
    head = git(tmp_path / "work", "log", "-1", "--format=%H %an %s").output.strip()
    assert head == f"{info.oid} ada Hi"
    assert info.commit_url == f"{hub.url}/ada/tiny/commit/{info.oid}"


def test_a_folder_is_uploaded_and_tidied(api: HfApi, tmp_path: Path) -> None:
    for number in range(20):
        path = tmp_path / "up" / f"part{number % 3}" / f"{number}.txt"
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(str(number))
    api.upload_file(path_or_fileobj=b"old", path_in_repo="part0/old.txt", repo_id="ada/tiny")
    api.upload_folder(folder_path=tmp_path / "up", repo_id="ada/tiny", delete_patterns="*.txt")

    assert listed(api) == {f"part{number % 3}/{number}.txt" for number in range(20)}
    assert Path(api.hf_hub_download("ada/tiny", "part1/7.txt", local_dir=tmp_path / "down")).read_text() == "7"


def test_unchanged_files_make_no_commit(api: HfApi) -> None:
    first = api.upload_file(path_or_fileobj=b"same", path_in_repo="a.txt", repo_id="ada/tiny")
    second = api.upload_file(path_or_fileobj=b"same", path_in_repo="a.txt", repo_id="ada/tiny")

    assert first.oid == second.oid


def test_one_commit_adds_copies_and_deletes(api: HfApi) -> None:
    api.upload_file(path_or_fileobj=b"a", path_in_repo="dir/a.txt", repo_id="ada/tiny")
    api.upload_file(path_or_fileobj=b"b", path_in_repo="b.txt", repo_id="ada/tiny")
    api.create_commit(
        "ada/tiny",
        [
            CommitOperationAdd("new.txt", b"new"),
            CommitOperationCopy("b.txt", "copies/b.txt"),
            CommitOperationDelete("dir/"),
        ],
        commit_message="All at once",
        commit_description="Really",
    )

    assert listed(api) == {"new.txt", "b.txt", "copies/b.txt"}
    newest = api.list_repo_commits("ada/tiny")[0]
    assert (newest.title, newest.message, newest.authors) == ("All at once", "Really", ["ada"])


def test_a_stale_parent_is_told_in_the_words_of_the_hub(api: HfApi) -> None:
    parent = api.model_info("ada/tiny").sha
    api.upload_file(path_or_fileobj=b"a", path_in_repo="a.txt", repo_id="ada/tiny", parent_commit=parent)
    with pytest.raises(HfHubHTTPError, match="The branch was updated since you opened this page") as caught:
        api.upload_file(path_or_fileobj=b"b", path_in_repo="b.txt", repo_id="ada/tiny", parent_commit=parent)

    assert caught.value.response.status_code == 412
    assert listed(api) == {"a.txt"}


def test_what_is_missing_cannot_be_deleted(api: HfApi) -> None:
    with pytest.raises(HfHubHTTPError, match="A file with this name doesn't exist"):
        api.delete_file("nothing.txt", "ada/tiny")


def test_writers_at_once_all_arrive(hub: Hub, api: HfApi) -> None:
    def write(number: int) -> None:
        assert commit(hub, file(f"{number}.txt")).status_code == 200

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert listed(api) == {f"{number}.txt" for number in range(8)}


def test_strangers_propose_and_the_owner_merges(hub: Hub, api: HfApi, stranger: HfApi) -> None:
    with pytest.raises(HfHubHTTPError) as caught:
        stranger.upload_file(path_or_fileobj=b"x", path_in_repo="x.txt", repo_id="ada/tiny")
    info = stranger.upload_file(path_or_fileobj=b"x", path_in_repo="x.txt", repo_id="ada/tiny", create_pr=True)
    stranger.upload_file(path_or_fileobj=b"y", path_in_repo="y.txt", repo_id="ada/tiny", revision="refs/pr/1")

    assert caught.value.response.status_code == 403
    assert (info.pr_num, info.pr_revision) == (1, "refs/pr/1")
    assert info.pr_url == f"{hub.url}/ada/tiny/discussions/1"
    assert listed(api) == set()
    assert listed(api, revision="refs/pr/1") == {"x.txt", "y.txt"}
    api.merge_pull_request("ada/tiny", 1)
    assert listed(api) == {"x.txt", "y.txt"}


def test_a_commit_that_is_refused_opens_no_pull_request(hub: Hub, api: HfApi, stranger: HfApi) -> None:
    with pytest.raises(HfHubHTTPError):
        stranger.create_commit("ada/tiny", [CommitOperationDelete("no")], commit_message="x", create_pr=True)

    assert list(api.get_repo_discussions("ada/tiny")) == []


def test_preupload_follows_the_rules_of_the_repo_or_of_the_request(hub: Hub, api: HfApi) -> None:
    commit(hub, file("sub/.gitattributes", b"*.dat filter=lfs\n"), file(".gitignore", b"build/\n*.log\n!keep.log\n"))
    names = ["a.bin", "sub/x.dat", "x.dat", "build/x", "a.log", "keep.log", "zero", "huge", "../x", ".git/x"]
    samples = {"zero": b"a\0b"}
    sizes = {"huge": 11 * 1024**2}
    files = [
        {"path": name, "sample": base64.b64encode(samples.get(name, b"text")).decode(), "size": sizes.get(name, 4)}
        for name in names
    ]
    plain = post(hub, "preupload", {"files": files}).json()
    other = post(
        hub, "preupload", {"files": files, "gitIgnore": "zero\n", "gitAttributes": "*.log filter=lfs\n"}
    ).json()

    def large(answer: Any) -> set[str]:
        return {each["path"] for each in answer["files"] if each["uploadMode"] == "lfs"}

    def ignored(answer: Any) -> set[str]:
        return {each["path"] for each in answer["files"] if each["shouldIgnore"]}

    assert [each["path"] for each in plain["files"]] == names
    assert large(plain) == {"a.bin", "sub/x.dat", "zero", "huge"}
    assert ignored(plain) == {"build/x", "a.log"}
    assert large(other) == {"sub/x.dat", "a.log", "keep.log", "zero", "huge"}
    assert ignored(other) == {"zero"}


def test_preupload_needs_a_branch(hub: Hub, api: HfApi) -> None:
    sha = api.model_info("ada/tiny").sha
    for revision in ("nowhere", sha):
        response = post(hub, "preupload", {"files": []}, rest=f"{revision}?create_pr=1")
        assert (response.status_code, response.headers["X-Error-Code"]) == (404, "RevisionNotFound")


def test_renames_of_the_javascript_client(hub: Hub, api: HfApi) -> None:
    commit(hub, file("a.txt", b"a"), file("b.txt", b"b"))
    renamed = {"key": "file", "value": {"path": "c.txt", "oldPath": "a.txt"}}
    answer = commit(hub, renamed, file("d.txt", b"new", oldPath="b.txt"))

    assert answer.status_code == 200
    assert listed(api) == {"c.txt", "d.txt"}


def test_bodies_that_make_no_sense_are_refused_in_words(hub: Hub, api: HfApi) -> None:
    header = b'{"key":"header","value":{"summary":"x"}}\n'
    bad = {
        b"": "the body is empty",
        b"{}": "line 1 must be an object",
        b"[1": "line 1 is no JSON",
        b"\xff\xfe": "line 1 is no JSON",
        b"[" * 60_000: "line 1 is no JSON",
        b"[" * 100_000: "line 1 has more in it than a file",
        b'{"key":"file","value":{}}': 'must have the key "header"',
        header + b'{"key":"evil","value":{}}': '"key" must be one of',
        header + b'{"key":"file","value":{"path":"a","content":"?","encoding":"base64"}}': "line 2",
        header + b'{"key":"file","value":{"path":"\\ud800","content":"","encoding":"base64"}}': "no Unicode text",
        header + b'{"key":"lfsFile","value":{"path":"a","algo":"sha256","oid":"zz","size":1}}': "SHA-256",
        header + b'{"key":"lfsFile","value":{"path":"a","oid":"' + b"0" * 64 + b'"}}': "were not sent",
        header + header: "there is a header already",
    }
    for body, words in bad.items():
        response = post(hub, "commit", body)
        assert response.status_code == 400, body[:100]
        assert words in response.json()["error"]
    for path in ("../a", ".git/a", "..\\\\a"):
        response = post(hub, "commit", header + f'{{"key":"file","value":{{"path":"{path}","content":""}}}}'.encode())
        assert response.status_code == 422, path
        assert "cannot be used" in response.json()["error"]
    with pytest.raises(BadRequestError):
        api.create_commit("ada/tiny", [CommitOperationAdd("a", b"x")], commit_message=" ")
    assert listed(api) == set()


def test_a_file_over_the_limit_is_refused_without_being_kept(hub: Hub, api: HfApi) -> None:
    response = commit(hub, file("big.txt", b"x" * (11 * 1024**2)))

    assert response.status_code == 400
    assert "lfsFile" in response.json()["error"]


def test_a_space_is_filled_by_the_client_and_pushed(hub: Hub, api: HfApi, tmp_path: Path) -> None:
    api.create_repo("ada/app", repo_type="space", space_sdk="gradio")
    (tmp_path / "up").mkdir()
    (tmp_path / "up" / "app.py").write_text("print('hello')\n")
    info = api.upload_folder(folder_path=tmp_path / "up", repo_id="ada/app", repo_type="space")

    with hub.services.database.read() as tx:
        space = tx.spaces.by_name("ada", "app")
        assert space is not None
        push = tx.pushes.by_sha(space.id, info.oid)
    assert (space.head_sha, space.has_app) == (info.oid, True)
    assert push is not None
    assert push.pushed_by == "ada"


#: The client's own way to send a file object over LFS.
@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
def test_large_files_go_beside_git_and_come_back(hub: Hub, api: HfApi, tmp_path: Path) -> None:
    content = bytes(range(256)) * 1000
    # An open file goes over LFS, a path over Xet.
    api.upload_file(path_or_fileobj=io.BytesIO(content), path_in_repo="x/model.safetensors", repo_id="ada/tiny")
    (tmp_path / "odd.name").write_bytes(content[::-1])
    api.upload_file(path_or_fileobj=tmp_path / "odd.name", path_in_repo="odd.name", repo_id="ada/tiny")
    entries = {entry.path: entry for entry in api.get_paths_info("ada/tiny", ["x/model.safetensors", "odd.name"])}

    for path, expected in {"x/model.safetensors": content, "odd.name": content[::-1]}.items():
        entry = entries[path]
        assert isinstance(entry, RepoFile)
        assert entry.lfs is not None
        assert (entry.size, entry.lfs["sha256"]) == (len(expected), hashlib.sha256(expected).hexdigest())
        assert Path(api.hf_hub_download("ada/tiny", path, local_dir=tmp_path / "down")).read_bytes() == expected
    attributes = Path(api.hf_hub_download("ada/tiny", ".gitattributes", local_dir=tmp_path / "down")).read_text()
    assert attributes.splitlines()[-1] == "/odd.name filter=lfs diff=lfs merge=lfs -text"


#: The client's own way to send a file object over LFS.
@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
def test_a_large_file_is_copied_without_its_bytes(api: HfApi) -> None:
    api.upload_file(path_or_fileobj=io.BytesIO(b"a\0b" * 1000), path_in_repo="a.bin", repo_id="ada/tiny")
    api.create_commit("ada/tiny", [CommitOperationCopy("a.bin", "b.bin")], commit_message="Copy")
    first, second = api.get_paths_info("ada/tiny", ["a.bin", "b.bin"])

    assert isinstance(first, RepoFile)
    assert isinstance(second, RepoFile)
    assert first.lfs == second.lfs
    assert first.lfs is not None


def test_a_commit_to_any_repo_is_told_to_webhooks(hub: Hub, api: HfApi) -> None:
    info = api.upload_file(path_or_fileobj=b"x", path_in_repo="x", repo_id="ada/tiny")
    api.create_branch("ada/tiny", branch="dev")
    with hub.services.database.read() as tx:
        repo = tx.repos.by_name(RepoType.MODEL, "ada", "tiny")
        assert repo is not None
        made, first, second = tx.history.of_space(repo.id)

    assert made.kind is HappeningKind.COMMAND
    assert (first.space_name, first.actor, first.details["newSha"]) == ("ada/tiny", "ada", info.oid)
    assert second.details == {"ref": "refs/heads/dev", "oldSha": "0" * 40, "newSha": info.oid}
    told = payload_of(first, repo, told_of(first), hub.url)
    assert told["event"] == {"action": "update", "scope": "repo.content"}
    assert told["repo"]["type"] == "model"
    assert told["repo"]["url"] == {"web": f"{hub.url}/ada/tiny", "api": f"{hub.url}/api/models/ada/tiny"}
    assert told["updatedRefs"] == [first.details]


def test_who_may_not_write_is_told_before_anything_is_sent(hub: Hub, api: HfApi) -> None:
    api.create_repo("ada/hidden", private=True)

    def answers(repo: str, token: str | None) -> set[tuple[int, str | None]]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"{hub.url}/api/models/ada/{repo}"
        body = json.dumps({"key": "header", "value": {"summary": "x"}}).encode()
        requests = [
            httpx.post(f"{url}/commit/main", content=body, headers=headers),
            httpx.post(f"{url}/preupload/main", json={"files": []}, headers=headers),
            httpx.post(f"{url}/branch/x", json={}, headers=headers),
        ]
        return {(response.status_code, response.headers.get("X-Error-Code")) for response in requests}

    eve, reader = hub.person("eve").token, hub.person("ada").read_token
    assert answers("tiny", eve) == answers("tiny", reader) == {(403, None)}
    assert answers("hidden", eve) == answers("nothing", eve) == {(404, "RepoNotFound")}
    assert answers("hidden", None) == answers("nothing", None)
