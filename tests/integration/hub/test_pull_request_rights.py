"""Who may put commits into a pull request, by git and over the API's way to commit."""

from pathlib import Path

import pytest
from huggingface_hub import HfApi
from tests.integration.hub.conftest import Hub, change_files, git, make_work

from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.errors import AccessDenied, Conflict, RevisionNotFound
from spaceport.repos.commits.operations import AddFile
from spaceport.repos.commits.write import write_commit
from spaceport.repos.finding import find_any


def api_of(hub: Hub, name: str) -> HfApi:
    return HfApi(hub.url, hub.person(name).token)


def remote(hub: Hub, name: str, token: str | None = None) -> str:
    return f"http://hf_user:{token or hub.person(name).token}@{hub.url.removeprefix('http://')}/ada/tiny"


def pushed(hub: Hub, tmp_path: Path, private: bool = False) -> Path:
    """A model of ada's, and a clone of it."""
    api_of(hub, "ada").create_repo("tiny", private=private)
    work = make_work(tmp_path / "work", {"README.md": "# A repo\n", "config.json": "{}\n"})
    git(work, "push", "--force", remote(hub, "ada"), "main")
    return work


def repo_of(hub: Hub) -> Space | Repo:
    with hub.services.database.read() as tx:
        found = find_any(tx, RepoType.MODEL, "ada", "tiny")
    assert found is not None
    return found


def test_the_author_pushes_to_a_pull_request_and_to_nothing_else(hub: Hub, tmp_path: Path) -> None:
    work = pushed(hub, tmp_path)
    eve = api_of(hub, "eve")
    number = eve.create_pull_request("ada/tiny", "Of eve").num
    sha = change_files(work, {"config.json": "[1]\n"})

    git(work, "push", remote(hub, "eve"), f"HEAD:refs/pr/{number}")
    for target, why in (
        ("main", "of your own"),
        ("refs/heads/other", "of your own"),
        ("refs/pr/7", "of your own"),
        ("refs/convert/parquet", "only branches"),
    ):
        refused = git(work, "push", remote(hub, "eve"), f"HEAD:{target}", check=False)
        assert refused.code != 0
        assert why in refused.output
    refused = git(work, "push", remote(hub, "eve"), f":refs/pr/{number}", check=False)
    assert "close the pull request" in refused.output

    refs = git(work, "ls-remote", remote(hub, "ada")).output
    assert f"{sha}\trefs/pr/1" in refs
    assert "other" not in refs
    api_of(hub, "ada").merge_pull_request("ada/tiny", number)
    assert eve.model_info("ada/tiny").sha == sha
    change_files(work, {"config.json": "[2]\n"})
    for who in ("eve", "ada"):
        late = git(work, "push", remote(hub, who), f"HEAD:refs/pr/{number}", check=False)
        assert late.code != 0


def test_others_do_not_push_to_it_and_the_owner_does(hub: Hub, tmp_path: Path) -> None:
    work = pushed(hub, tmp_path)
    api_of(hub, "eve").create_pull_request("ada/tiny", "Of eve")
    api_of(hub, "bob").create_pull_request("ada/tiny", "Of bob")
    api_of(hub, "bob").create_discussion("ada/tiny", "Words")
    change_files(work, {"config.json": "[1]\n"})

    stranger = git(work, "push", remote(hub, "zoe"), "HEAD:refs/pr/1", check=False)
    assert "no right to push" in stranger.output
    assert "of your own" in git(work, "push", remote(hub, "bob"), "HEAD:refs/pr/1", check=False).output
    reader = remote(hub, "eve", hub.person("eve").read_token)
    assert "may only read" in git(work, "push", reader, "HEAD:refs/pr/1", check=False).output
    assert "no such pull request" in git(work, "push", remote(hub, "ada"), "HEAD:refs/pr/3", check=False).output
    git(work, "push", remote(hub, "ada"), "HEAD:refs/pr/1")


def test_who_lost_sight_of_the_repo_pushes_no_more(hub: Hub, tmp_path: Path) -> None:
    work = pushed(hub, tmp_path)
    api_of(hub, "eve").create_pull_request("ada/tiny", "Of eve")
    with hub.services.database.begin() as tx:
        tx.repos.update(repo_of(hub).id, private=True)

    refused = git(work, "push", remote(hub, "eve"), "HEAD:refs/pr/1", check=False)

    assert refused.code != 0
    assert "not found" in refused.output


def test_commits_over_the_api_have_the_same_rights(hub: Hub, tmp_path: Path) -> None:
    pushed(hub, tmp_path)
    ada, eve, bob = (hub.person(name).caller for name in ("ada", "eve", "bob"))
    api_of(hub, "eve").create_pull_request("ada/tiny", "Of eve")
    files = [AddFile("config.json", b"[1]\n")]

    made = write_commit(hub.services, repo_of(hub), eve, "refs/pr/1", files, "Better")
    details = api_of(hub, "ada").get_discussion_details("ada/tiny", 1)
    assert [event.type for event in details.events] == ["comment", "commit"]
    for caller, revision, error in (
        (bob, "refs/pr/1", AccessDenied),
        (eve, "main", AccessDenied),
        (eve, "refs/pr/2", AccessDenied),
        (ada, "refs/pr/2", RevisionNotFound),
    ):
        with pytest.raises(error):
            write_commit(hub.services, repo_of(hub), caller, revision, files, "No")
    api_of(hub, "ada").merge_pull_request("ada/tiny", 1)
    assert api_of(hub, "ada").model_info("ada/tiny").sha == made.sha
    with pytest.raises(Conflict):
        write_commit(hub.services, repo_of(hub), eve, "refs/pr/1", [AddFile("x", b"")], "Late")


def test_commits_that_came_to_main_otherwise_are_merged(hub: Hub, tmp_path: Path) -> None:
    work = pushed(hub, tmp_path)
    ada = api_of(hub, "ada")
    number = ada.create_pull_request("ada/tiny", "Of ada").num
    sha = change_files(work, {"config.json": "[1]\n"})
    git(work, "push", remote(hub, "ada"), f"HEAD:refs/pr/{number}", "HEAD:main")

    ada.merge_pull_request("ada/tiny", number)

    merged = ada.get_discussion_details("ada/tiny", number)
    assert (merged.status, merged.merge_commit_oid) == ("merged", sha)
    assert "+[1]" in (merged.diff or "")
