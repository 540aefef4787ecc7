"""Trees, paths, branches and tags, by the released huggingface_hub."""

import json
from pathlib import Path

import httpx
import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, HfFileSystem
from huggingface_hub.errors import BadRequestError, EntryNotFoundError, HfHubHTTPError, RevisionNotFoundError
from huggingface_hub.hf_api import RepoFile, RepoFolder

from spaceport.repos.paths import repo_path

from .conftest import Hub, git


@pytest.fixture
def api(hub: Hub) -> HfApi:
    api = HfApi(endpoint=hub.url, token=hub.person("ada").token)
    api.create_repo("ada/tiny")
    return api


def add(api: HfApi, *paths: str, message: str = "Add") -> str:
    operations = [CommitOperationAdd(path, path.encode()) for path in paths]
    return str(api.create_commit("ada/tiny", operations, commit_message=message).oid)


def ls_tree(hub: Hub, api: HfApi, *arguments: str) -> dict[str, str]:
    """Path -> id, as git itself tells it."""
    with hub.services.database.read() as tx:
        found = tx.repos.all()[0]
    folder = repo_path(hub.services.settings.data_dir, found.id, found.type)
    rows = git(folder, "-c", "core.quotepath=false", "ls-tree", *arguments, "main").output.splitlines()
    return {row.partition("\t")[2]: row.partition("\t")[0].split()[2] for row in rows}


def test_the_tree_is_what_git_has(hub: Hub, api: HfApi) -> None:
    add(api, "a.txt", "a/b.txt", "a/c/d.txt", "a-b.txt", "ü/ß.txt")
    top = {entry.path: entry for entry in api.list_repo_tree("ada/tiny")}
    everything = {entry.path: entry for entry in api.list_repo_tree("ada/tiny", recursive=True)}
    below = [entry.path for entry in api.list_repo_tree("ada/tiny", "a/c")]

    def ids(entries: dict[str, RepoFile | RepoFolder]) -> dict[str, str]:
        return {
            path: entry.blob_id if isinstance(entry, RepoFile) else entry.tree_id for path, entry in entries.items()
        }

    assert ids(top) == ls_tree(hub, api)
    assert ids(everything) == ls_tree(hub, api, "-r", "-t")
    assert below == ["a/c/d.txt"]
    assert isinstance(top["a"], RepoFolder)
    assert top["a.txt"].size == 5


@pytest.mark.parametrize("path", ["a.txt", "nothing", "a/nothing"])
def test_what_is_no_folder_is_not_listed(api: HfApi, path: str) -> None:
    add(api, "a.txt", "a/b.txt")

    with pytest.raises(EntryNotFoundError) as caught:
        list(api.list_repo_tree("ada/tiny", path))
    # Clients remember that this commit has no such folder.
    assert caught.value.response.headers["x-repo-commit"] == api.model_info("ada/tiny").sha
    with pytest.raises(RevisionNotFoundError):
        list(api.list_repo_tree("ada/tiny", revision="nowhere"))


def test_each_entry_tells_its_last_commit(api: HfApi) -> None:
    first = add(api, "a.txt", "x/b.txt", "x/c.txt", message="First")
    api.create_commit("ada/tiny", [CommitOperationAdd("x/b.txt", b"new")], commit_message="Second")
    second = api.list_repo_commits("ada/tiny")[0].commit_id
    add(api, "y.txt", message="Third")
    entries = {entry.path: entry for entry in api.list_repo_tree("ada/tiny", recursive=True, expand=True)}
    asked = {entry.path: entry for entry in api.get_paths_info("ada/tiny", ["x", "x/c.txt", "no"], expand=True)}

    commits = {path: entry.last_commit["oid"] for path, entry in entries.items() if entry.last_commit}
    assert (commits["a.txt"], commits["x/c.txt"], commits["x/b.txt"], commits["x"]) == (first, first, second, second)
    assert {path: entry.last_commit["title"] for path, entry in asked.items() if entry.last_commit} == {
        "x": "Second",
        "x/c.txt": "First",
    }


def test_long_lists_come_in_pages(hub: Hub, api: HfApi) -> None:
    names = [f"d/{number:04}.txt" for number in range(1100)]
    add(api, *names)
    listed = [entry.path for entry in api.list_repo_tree("ada/tiny", "d")]
    expanded = [entry.path for entry in api.list_repo_tree("ada/tiny", "d", expand=True)]
    page = httpx.get(f"{hub.url}/api/models/ada/tiny/tree/main/d?limit=3")

    assert listed == names
    assert expanded == names
    assert len(page.json()) == 3
    # The next page is of the same commit, whatever happens to the branch.
    api.create_commit("ada/tiny", [CommitOperationDelete("d/")], commit_message="Gone")
    following = httpx.get(page.links["next"]["url"]).json()
    assert [entry["path"] for entry in following] == names[3:6]


def test_paths_are_asked_for_by_form_and_by_json(hub: Hub, api: HfApi) -> None:
    add(api, "a.txt", "x/b.txt")
    url = f"{hub.url}/api/models/ada/tiny/paths-info/main"
    by_form = httpx.post(url, data={"paths": ["a.txt", "x", "no"]}).json()
    by_json = httpx.post(url, json={"paths": ["a.txt", "x", "no"]}).json()

    assert [entry["path"] for entry in by_form] == ["a.txt", "x"]
    assert by_form == by_json
    assert httpx.post(url, json=["a"]).status_code == 400
    assert httpx.post(url, json={"paths": [1]}).status_code == 400


def test_branches_come_and_go(hub: Hub, api: HfApi) -> None:
    sha = add(api, "a.txt")
    later = add(api, "b.txt")
    api.create_branch("ada/tiny", branch="dev/one", revision=sha)
    api.create_branch("ada/tiny", branch="dev/one", exist_ok=True)
    with pytest.raises(HfHubHTTPError, match="Reference refs/heads/dev/one already exists"):
        api.create_branch("ada/tiny", branch="dev/one")
    with pytest.raises(RevisionNotFoundError):
        api.create_branch("ada/tiny", branch="other", revision="nowhere")
    for name in ("a b", "-x", "refs/pr/1", "refs/spaceport/x", "a..b", "x.lock"):
        with pytest.raises(BadRequestError, match="Invalid reference for a branch"):
            api.create_branch("ada/tiny", branch=name)
    api.upload_file(path_or_fileobj=b"c", path_in_repo="c.txt", repo_id="ada/tiny", revision="dev/one")
    found = {branch.name: branch.target_commit for branch in api.list_repo_refs("ada/tiny").branches}

    assert set(found) == {"main", "dev/one"}
    assert found["main"] == later
    assert set(api.list_repo_files("ada/tiny", revision="dev/one")) == {".gitattributes", "a.txt", "c.txt"}
    api.delete_branch("ada/tiny", branch="dev/one")
    assert [branch.name for branch in api.list_repo_refs("ada/tiny").branches] == ["main"]
    for name in ("main", "dev/one"):
        with pytest.raises(HfHubHTTPError):
            api.delete_branch("ada/tiny", branch=name)


def test_tags_come_and_go_and_git_knows_them(hub: Hub, api: HfApi, tmp_path: Path) -> None:
    sha = add(api, "a.txt")
    add(api, "b.txt")
    api.create_tag("ada/tiny", tag="v1", revision=sha[:7], tag_message="The first")
    api.create_tag("ada/tiny", tag="v2")
    with pytest.raises(HfHubHTTPError, match="already exists"):
        api.create_tag("ada/tiny", tag="v1")
    api.create_tag("ada/tiny", tag="v1", exist_ok=True)
    with pytest.raises(BadRequestError):
        api.create_tag("ada/tiny", tag="a b")
    with pytest.raises(RevisionNotFoundError):
        api.create_tag("ada/tiny", tag="v3", revision="nowhere")
    tags = {tag.name: tag.target_commit for tag in api.list_repo_refs("ada/tiny").tags}
    git(tmp_path, "clone", "-q", f"{hub.url}/ada/tiny", "work")

    assert tags["v1"] == sha
    assert set(tags) == {"v1", "v2"}
    assert git(tmp_path / "work", "tag", "-n", "-l", "v1").output.split() == ["v1", "The", "first"]
    assert set(api.list_repo_files("ada/tiny", revision="v1")) == {".gitattributes", "a.txt"}
    api.delete_tag("ada/tiny", tag="v1")
    with pytest.raises(RevisionNotFoundError):
        api.delete_tag("ada/tiny", tag="v1")


def test_pull_requests_are_refs_when_asked_for(hub: Hub, api: HfApi) -> None:
    info = api.upload_file(path_or_fileobj=b"x", path_in_repo="x", repo_id="ada/tiny", create_pr=True)
    refs = api.list_repo_refs("ada/tiny", include_pull_requests=True)

    assert api.list_repo_refs("ada/tiny").pull_requests is None
    assert [(ref.ref, ref.target_commit) for ref in refs.pull_requests or []] == [("refs/pr/1", info.oid)]
    for revision in ("refs/pr/1", "refs%2Fpr%2F1"):
        assert httpx.get(f"{hub.url}/ada/tiny/resolve/{revision}/x").text == "x"


def test_a_squashed_branch_keeps_its_files(api: HfApi) -> None:
    for name in ("a", "b", "c"):
        add(api, name)
    before = set(api.list_repo_files("ada/tiny"))
    api.super_squash_history("ada/tiny", commit_message="One")

    assert set(api.list_repo_files("ada/tiny")) == before
    assert [commit.title for commit in api.list_repo_commits("ada/tiny")] == ["One"]


def test_a_squashed_pull_request_keeps_its_files(hub: Hub, api: HfApi) -> None:
    api.upload_file(path_or_fileobj=b"x", path_in_repo="d", repo_id="ada/tiny", create_pr=True)
    api.upload_file(path_or_fileobj=b"x", path_in_repo="e", repo_id="ada/tiny", revision="refs/pr/1")
    stranger = HfApi(endpoint=hub.url, token=hub.person("eve").token)
    with pytest.raises(HfHubHTTPError) as caught:
        stranger.super_squash_history("ada/tiny", branch="refs/pr/1")
    api.super_squash_history("ada/tiny", branch="refs/pr/1")

    assert caught.value.response.status_code == 403
    assert len(api.list_repo_commits("ada/tiny", revision="refs/pr/1")) == 1
    assert set(api.list_repo_files("ada/tiny", revision="refs/pr/1")) >= {"d", "e"}


def test_the_file_system_works(hub: Hub, api: HfApi) -> None:
    add(api, "data/a.csv", "data/b.csv", "x.txt")
    fs = HfFileSystem(endpoint=hub.url, token=api.token, skip_instance_cache=True)

    assert sorted(fs.glob("ada/tiny/**/*.csv")) == ["ada/tiny/data/a.csv", "ada/tiny/data/b.csv"]
    assert sorted(fs.ls("ada/tiny", detail=False)) == [
        f"ada/tiny/{name}" for name in (".gitattributes", "data", "x.txt")
    ]
    with fs.open("ada/tiny/data/new.txt", "w") as file:
        file.write("hello")
    fs.cp_file("ada/tiny/data/new.txt", "ada/tiny/copy.txt")
    fs.rm("ada/tiny/data/a.csv")
    with fs.open("ada/tiny/copy.txt") as file:
        assert file.read() == b"hello"
    assert fs.exists("ada/tiny/data/b.csv")
    assert not fs.exists("ada/tiny/data/a.csv")
    assert fs.info("ada/tiny/x.txt")["size"] == 5


def test_readers_change_no_refs(hub: Hub, api: HfApi) -> None:
    stranger = HfApi(endpoint=hub.url, token=hub.person("eve").token)
    for change in (
        lambda: stranger.create_branch("ada/tiny", branch="x"),
        lambda: stranger.create_tag("ada/tiny", tag="x"),
        lambda: stranger.delete_branch("ada/tiny", branch="main"),
        lambda: stranger.super_squash_history("ada/tiny"),
    ):
        with pytest.raises(HfHubHTTPError) as caught:
            change()
        assert caught.value.response.status_code == 403


def test_repos_may_be_called_like_parts_of_addresses(hub: Hub, api: HfApi) -> None:
    for name in ("tree", "tag", "resolve"):
        api.create_repo(f"ada/{name}")
        api.upload_file(path_or_fileobj=b"x", path_in_repo="a/b.txt", repo_id=f"ada/{name}")
        api.create_tag(f"ada/{name}", tag="v/1")

        assert [entry.path for entry in api.list_repo_tree(f"ada/{name}", "a", revision="v/1")] == ["a/b.txt"]
        assert httpx.get(f"{hub.url}/ada/{name}/resolve/v%2F1/a/b.txt").text == "x"
    assert httpx.get(f"{hub.url}/api/models/ada%2Ftree/tree/v%2F1/a").json()[0]["path"] == "a/b.txt"


def test_odd_paths_are_just_not_there(hub: Hub, api: HfApi) -> None:
    add(api, "a.txt")
    url, headers = f"{hub.url}/api/models/ada/tiny/paths-info/main", {"Content-Type": "application/json"}
    for path in ("", "/", "a.txt\0", "\ud800", "../a.txt", "a.txt/x", "x" * 10_000):
        response = httpx.post(url, content=json.dumps({"paths": [path]}).encode(), headers=headers)

        assert (response.status_code, response.json()) == (200, []), repr(path)


def test_wrong_cursors_are_refused(hub: Hub, api: HfApi) -> None:
    for cursor in ("x", "1-1", "0" * 40 + "-x", "0" * 40 + "-" + "9" * 20):
        assert httpx.get(f"{hub.url}/api/models/ada/tiny/tree/main?cursor={cursor}").status_code == 400
    assert httpx.get(f"{hub.url}/api/models/ada/tiny/tree/main?cursor={'0' * 40}-1").status_code == 404
