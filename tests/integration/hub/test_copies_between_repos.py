"""Files of one repo committed to another one by the real client: no bytes of large files are sent."""

import io
import warnings
from pathlib import Path

import httpx
import pytest
from huggingface_hub import CommitOperationCopy, HfApi
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError
from tests.integration.hub.conftest import Hub
from tests.xet_capture import repeatable_bytes

from spaceport.quota_commands import set_quota

SOURCE, TARGET = "ada/source", "bob/target"
BY_XET, BY_LFS = repeatable_bytes("copied", 300_000), repeatable_bytes("by lfs", 50_000)


@pytest.fixture
def hub(own_hub: Hub) -> Hub:
    return own_hub


def api_of(hub: Hub, name: str) -> HfApi:
    return HfApi(hub.url, hub.person(name).token)


@pytest.fixture
def ada(hub: Hub, tmp_path: Path) -> HfApi:
    api = api_of(hub, "ada")
    api.create_repo(SOURCE, repo_type="dataset")
    (tmp_path / "xet.bin").write_bytes(BY_XET)
    api.upload_file(path_or_fileobj=tmp_path / "xet.bin", path_in_repo="xet.bin", repo_id=SOURCE, repo_type="dataset")
    with warnings.catch_warnings():
        # The client's own, about what it does itself.
        warnings.simplefilter("ignore", DeprecationWarning)
        api.upload_file(path_or_fileobj=io.BytesIO(BY_LFS), path_in_repo="lfs.bin", repo_id=SOURCE, repo_type="dataset")
    api.upload_file(path_or_fileobj=b"plain", path_in_repo="plain.txt", repo_id=SOURCE, repo_type="dataset")
    return api


@pytest.fixture
def bob(hub: Hub) -> HfApi:
    api = api_of(hub, "bob")
    api.create_repo(TARGET)
    return api


def copies(*names: str) -> list[CommitOperationCopy]:
    return [CommitOperationCopy(name, f"copied/{name}", src_repo_id=SOURCE, src_repo_type="dataset") for name in names]


def read(api: HfApi, path: str, folder: Path, revision: str = "main") -> bytes:
    return Path(api.hf_hub_download(TARGET, path, revision=revision, cache_dir=folder)).read_bytes()


def share(hub: Hub, who: str, source: str, target: dict[str, str], *sha256s: str) -> httpx.Response:
    files = [{"sha256": sha256, "xetHash": sha256, "filename": "x"} for sha256 in sha256s]
    return httpx.post(
        f"{hub.url}/api/{source}/lfs-files/duplicate",
        json={"target": target, "files": files},
        headers={"Authorization": f"Bearer {hub.person(who).token}"},
    )


def test_files_of_another_repo_are_committed_however_they_came(
    hub: Hub, ada: HfApi, bob: HfApi, tmp_path: Path
) -> None:
    contents = {"xet.bin": BY_XET, "lfs.bin": BY_LFS, "plain.txt": b"plain"}

    bob.create_commit(TARGET, copies(*contents), commit_message="Copy")
    bob.copy_files(f"hf://datasets/{SOURCE}/", f"hf://{TARGET}/all/")

    for name, content in contents.items():
        assert read(bob, f"copied/{name}", tmp_path) == read(bob, f"all/{name}", tmp_path) == content
    named = {each.path: each.xet_hash for each in ada.list_repo_tree(SOURCE, repo_type="dataset")}
    copied = {each.path: each.xet_hash for each in bob.get_paths_info(TARGET, ["copied/xet.bin", "copied/lfs.bin"])}
    assert copied == {"copied/xet.bin": named["xet.bin"], "copied/lfs.bin": named["lfs.bin"]}
    assert bob.model_info(TARGET, expand=["usedStorage"]).used_storage == len(BY_XET) + len(BY_LFS)

    # They are the target's own from now on.
    ada.delete_repo(SOURCE, repo_type="dataset")
    assert read(bob, "copied/xet.bin", tmp_path / "again") == BY_XET


def test_who_may_not_read_the_source_gets_nothing_of_it(hub: Hub, ada: HfApi, bob: HfApi) -> None:
    target = {"type": "model", "name": TARGET}
    (info,) = ada.get_paths_info(SOURCE, ["xet.bin"], repo_type="dataset")
    sha256 = info.lfs.sha256
    ada.update_repo_settings(SOURCE, repo_type="dataset", gated="manual")

    with pytest.raises(HfHubHTTPError) as gated:
        bob.create_commit(TARGET, copies("xet.bin"), commit_message="Copy")
    ada.update_repo_settings(SOURCE, repo_type="dataset", gated=False, private=True)
    with pytest.raises(RepositoryNotFoundError):
        bob.create_commit(TARGET, copies("xet.bin"), commit_message="Copy")
    private = share(hub, "bob", f"datasets/{SOURCE}", target, sha256)
    absent = share(hub, "bob", "datasets/ada/none", target, sha256)
    own = share(hub, "bob", f"models/{TARGET}", target, sha256)

    assert gated.value.response.headers["X-Error-Code"] == "GatedRepo"
    assert (private.status_code, private.json()) == (absent.status_code, absent.json())
    assert private.status_code == 404
    assert own.json()["failed"] == [{"sha256": sha256, "error": f"{TARGET} has no such file"}]
    assert list(bob.list_lfs_files(TARGET)) == []


def test_who_may_not_write_copies_into_a_pull_request(hub: Hub, ada: HfApi, bob: HfApi, tmp_path: Path) -> None:
    eve = api_of(hub, "eve")

    with pytest.raises(HfHubHTTPError, match="no right to write"):
        eve.create_commit(TARGET, copies("xet.bin"), commit_message="Copy")
    pull = eve.create_commit(TARGET, copies("xet.bin"), commit_message="Copy", create_pr=True)

    assert pull.pr_revision is not None
    assert read(bob, "copied/xet.bin", tmp_path, pull.pr_revision) == BY_XET
    assert bob.list_repo_files(TARGET) == [".gitattributes"]


def test_files_of_a_pull_request_count_for_the_owner_when_it_is_merged(
    hub: Hub, ada: HfApi, bob: HfApi, tmp_path: Path
) -> None:
    eve, root = api_of(hub, "eve"), hub.person("root", is_admin=True)
    (tmp_path / "own.bin").write_bytes(repeatable_bytes("sent by eve", 200_000))
    set_quota(hub.services, root.caller, "bob", {"storage_bytes": 400_000})

    copied = eve.create_commit(TARGET, copies("xet.bin"), commit_message="Copy", create_pr=True)
    revision = copied.pr_revision
    eve.upload_file(path_or_fileobj=tmp_path / "own.bin", path_in_repo="own.bin", repo_id=TARGET, revision=revision)

    assert not bob.model_info(TARGET, expand=["usedStorage"]).used_storage
    with pytest.raises(HfHubHTTPError, match="quota for storage"):
        bob.merge_pull_request(TARGET, copied.pr_num or 0)
    assert bob.get_discussion_details(TARGET, copied.pr_num or 0).status == "open"

    set_quota(hub.services, root.caller, "bob", {"storage_bytes": 500_000})
    bob.merge_pull_request(TARGET, copied.pr_num or 0)
    assert read(bob, "own.bin", tmp_path) == (tmp_path / "own.bin").read_bytes()
    assert bob.model_info(TARGET, expand=["usedStorage"]).used_storage == 500_000


def test_copies_count_for_the_quota_of_their_owner(hub: Hub, ada: HfApi, bob: HfApi) -> None:
    bob.create_commit(TARGET, copies("lfs.bin"), commit_message="Copy")
    set_quota(hub.services, hub.person("root", is_admin=True).caller, "bob", {"storage_bytes": len(BY_LFS) + 1})

    with pytest.raises(HfHubHTTPError, match="quota for storage"):
        bob.create_commit(TARGET, copies("xet.bin"), commit_message="Copy")
    bob.create_commit(TARGET, copies("lfs.bin"), commit_message="Copy again")

    assert [each.size for each in bob.list_lfs_files(TARGET)] == [len(BY_LFS)]


def test_nothing_is_shared_with_a_repo_that_is_closed_to_the_caller(hub: Hub, ada: HfApi, bob: HfApi) -> None:
    (info,) = ada.get_paths_info(SOURCE, ["xet.bin"], repo_type="dataset")
    source, target = f"datasets/{SOURCE}", {"type": "model", "name": TARGET}
    bob.update_repo_settings(TARGET, private=True)
    hub.person("eve")

    private = share(hub, "eve", source, target, info.lfs.sha256)
    absent = share(hub, "eve", source, {"type": "model", "name": "bob/none"}, info.lfs.sha256)
    reading = httpx.post(
        f"{hub.url}/api/{source}/lfs-files/duplicate",
        json={"target": target, "files": [{"sha256": info.lfs.sha256}]},
        headers={"Authorization": f"Bearer {hub.person('bob').read_token}"},
    )

    assert (private.status_code, absent.status_code) == (404, 404)
    assert private.headers["X-Error-Code"] == absent.headers["X-Error-Code"] == "RepoNotFound"
    assert reading.status_code == 403
    assert list(bob.list_lfs_files(TARGET)) == []
