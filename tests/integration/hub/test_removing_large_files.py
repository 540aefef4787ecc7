"""Large files of a repo with the real client: what there is, and taken away for good, out of all history."""

from pathlib import Path

import httpx
import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, DiscussionWithDetails, HfApi
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, RepositoryNotFoundError

from .conftest import Hub, git

REPO = "ada/tiny"
KEPT = b"kept " * 26


@pytest.fixture
def hub(own_hub: Hub) -> Hub:
    return own_hub


def api_of(hub: Hub, name: str = "ada") -> HfApi:
    return HfApi(hub.url, hub.person(name).token)


def add(api: HfApi, **files: bytes) -> str:
    """``weights_bin`` is ``weights.bin``."""
    operations = [CommitOperationAdd(path.replace("_", "."), files[path]) for path in files]
    return api.create_commit(REPO, operations, commit_message=f"Add {', '.join(files)}").oid


@pytest.fixture
def api(hub: Hub) -> HfApi:
    """``old.bin`` was replaced, ``gone.bin`` removed, ``kept.bin`` is there from the second commit on."""
    api = api_of(hub)
    api.create_repo(REPO)
    add(api, plain_txt=b"plain")
    add(api, old_bin=b"first" * 10, kept_bin=KEPT)
    api.create_tag(REPO, tag="v1", tag_message="with a message")
    add(api, old_bin=b"second" * 20, gone_bin=b"gone")
    api.create_commit(REPO, [CommitOperationDelete("gone.bin")], commit_message="Remove it")
    return api


def test_large_files_are_listed_for_those_who_write_and_removed_by_nobody_else(hub: Hub, api: HfApi) -> None:
    listed = list(api.list_lfs_files(REPO))

    assert [(each.filename, each.size) for each in listed] == [
        *(("kept.bin", 130), ("old.bin", 120), ("old.bin", 50), ("gone.bin", 4))
    ]
    assert {each.ref for each in listed} == {"refs/heads/main"}
    assert all(len(each.file_oid) == 64 for each in listed)
    # A list of one at a time leads from page to page.
    page = httpx.get(f"{hub.url}/api/models/{REPO}/lfs-files?limit=1", headers=api._build_hf_headers())
    assert len(page.json()) == 1
    assert 'rel="next"' in page.headers["link"]
    with pytest.raises(HfHubHTTPError, match="no right"):
        list(api_of(hub, "bob").list_lfs_files(REPO))
    for reader in (api_of(hub, "bob"), HfApi(hub.url, hub.person("ada").read_token)):
        with pytest.raises(HfHubHTTPError) as caught:
            reader.permanently_delete_lfs_files(REPO, listed)
        assert caught.value.response.status_code == 403
    assert len(list(api.list_lfs_files(REPO))) == len(listed)
    api.update_repo_settings(REPO, private=True)
    with pytest.raises(RepositoryNotFoundError):
        list(api_of(hub, "bob").list_lfs_files(REPO))


def test_removed_files_are_gone_from_all_history(hub: Hub, api: HfApi, tmp_path: Path) -> None:
    merged = api.create_commit(
        REPO, [CommitOperationAdd("note.txt", b"note")], commit_message="Note", create_pr=True
    ).pr_num
    assert merged is not None
    api.merge_pull_request(REPO, merged)
    pull = api.create_pull_request(REPO, title="Mine")
    before = api.list_repo_commits(REPO)
    doomed = [each for each in api.list_lfs_files(REPO) if each.filename != "kept.bin"]

    api.permanently_delete_lfs_files(REPO, doomed)

    assert [each.filename for each in api.list_lfs_files(REPO)] == ["kept.bin"]
    assert set(api.list_repo_files(REPO)) == {".gitattributes", "plain.txt", "kept.bin", "note.txt"}
    after = api.list_repo_commits(REPO)
    assert [(each.title, each.created_at, each.authors) for each in after] == [
        (each.title, each.created_at, each.authors) for each in before
    ]
    # What came before the first of them is as it was.
    assert [each.commit_id for each in after[-2:]] == [each.commit_id for each in before[-2:]]
    assert not {each.commit_id for each in after[:-2]} & {each.commit_id for each in before}
    refs = api.list_repo_refs(REPO, include_pull_requests=True)
    assert refs.pull_requests is not None
    assert [each.target_commit for each in refs.pull_requests] == [after[0].commit_id] * 2
    assert [each.target_commit for each in refs.tags] == [after[-3].commit_id]
    assert api.get_discussion_details(REPO, pull.num).status == "draft"
    told = api.get_discussion_details(REPO, merged)
    assert isinstance(told, DiscussionWithDetails)
    assert told.merge_commit_oid == after[0].commit_id
    assert "+note" in (told.diff or "")
    assert api.model_info(REPO, expand=["usedStorage"]).used_storage == len(KEPT)
    git(tmp_path, "clone", "--mirror", f"{hub.url}/{REPO}", "clone")
    assert git(tmp_path / "clone", "fsck", "--strict").code == 0
    assert "with a message" in git(tmp_path / "clone", "cat-file", "-p", "v1").output
    assert Path(api.hf_hub_download(REPO, "kept.bin", cache_dir=tmp_path)).read_bytes() == KEPT


def test_without_a_new_history_commits_stay_and_the_bytes_go(api: HfApi, tmp_path: Path) -> None:
    head = api.model_info(REPO).sha
    doomed = [each for each in api.list_lfs_files(REPO) if each.filename == "old.bin"]

    api.permanently_delete_lfs_files(REPO, doomed, rewrite_history=False)

    assert api.model_info(REPO).sha == head
    assert "old.bin" in api.list_repo_files(REPO)
    with pytest.raises(EntryNotFoundError):
        api.hf_hub_download(REPO, "old.bin", cache_dir=tmp_path)
