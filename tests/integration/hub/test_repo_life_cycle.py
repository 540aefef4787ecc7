"""Models and datasets from their first day to their last: settings, another name, a copy, the end."""

from pathlib import Path

import httpx
import pytest
from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError
from tests.integration.hub.conftest import Hub, git

from spaceport.domain.history import Happening
from spaceport.notify.payload import payload_of, told_of

KINDS = pytest.mark.parametrize("kind", ["model", "dataset"])
CARD = b"---\nlicense: mit\n---\n# Tiny\n"


def api_of(hub: Hub, name: str = "ada") -> HfApi:
    return HfApi(hub.url, hub.person(name).token)


def made(hub: Hub, kind: str, private: bool = False) -> HfApi:
    """``ada/tiny`` with a card and a file; returns ada's client."""
    api = api_of(hub)
    api.create_repo("tiny", repo_type=kind, private=private)
    for path, content in (("README.md", CARD), ("a.txt", b"a\n")):
        api.upload_file(path_or_fileobj=content, path_in_repo=path, repo_id="ada/tiny", repo_type=kind)
    return api


def address(hub: Hub, kind: str, name: str, token: str) -> str:
    prefix = "" if kind == "model" else f"{kind}s/"
    return f"http://hf_user:{token}@{hub.url.removeprefix('http://')}/{prefix}{name}"


def news(hub: Hub) -> list[Happening]:
    with hub.services.database.read() as tx:
        return tx.history.since(0)


def status_of(error: pytest.ExceptionInfo[HfHubHTTPError]) -> int:
    return error.value.response.status_code


@KINDS
def test_the_old_name_still_works_for_api_files_and_git(hub: Hub, kind: str, tmp_path: Path) -> None:
    api = made(hub, kind)
    sha = api.repo_info("ada/tiny", repo_type=kind).sha
    api.move_repo("ada/tiny", "ada/other", repo_type=kind)

    found = hf_hub_download("ada/tiny", "a.txt", repo_type=kind, endpoint=hub.url, cache_dir=tmp_path / "cache")
    git(tmp_path, "clone", address(hub, kind, "ada/tiny", hub.person("ada").token), "clone")
    prefix = "" if kind == "model" else f"{kind}s/"
    answers = {
        path: httpx.get(f"{hub.url}/{path.format('tiny')}").headers.get("location")
        for path in (
            f"api/{kind}s/ada/{{}}/tree/main?recursive=true",
            f"{prefix}ada/{{}}/resolve/main/a.txt",
            f"{prefix}ada/{{}}/raw/main/a.txt",
            f"{prefix}ada/{{}}.git/info/refs?service=git-upload-pack",
        )
    }

    info = api.repo_info("ada/tiny", repo_type=kind)
    assert (info.id, info.sha) == ("ada/other", sha)
    assert Path(found).read_bytes() == b"a\n"
    assert (tmp_path / "clone" / "a.txt").read_bytes() == b"a\n"
    assert answers == {path: "/" + path.format("other") for path in answers}


@KINDS
def test_a_new_repo_takes_an_old_name_for_good(hub: Hub, kind: str) -> None:
    api = made(hub, kind)
    api.move_repo("ada/tiny", "ada/other", repo_type=kind)
    api.create_repo("tiny", repo_type=kind)
    assert api.repo_info("ada/tiny", repo_type=kind).id == "ada/tiny"

    api.delete_repo("ada/tiny", repo_type=kind)

    assert not api.repo_exists("ada/tiny", repo_type=kind)
    assert api.repo_exists("ada/other", repo_type=kind)


def test_moving_back_and_to_another_spelling_leaves_no_loop(hub: Hub) -> None:
    api = made(hub, "model")
    for before, after in (("tiny", "other"), ("other", "tiny"), ("tiny", "Tiny")):
        api.move_repo(f"ada/{before}", f"ada/{after}")

    assert api.model_info("ada/tiny").id == api.model_info("ada/other").id == "ada/Tiny"


def test_a_name_of_a_model_leads_to_no_dataset(hub: Hub) -> None:
    api = made(hub, "model")
    api.move_repo("ada/tiny", "ada/other")

    assert not api.repo_exists("ada/tiny", repo_type="dataset")


def test_taken_names_and_foreign_namespaces_are_refused(hub: Hub) -> None:
    api = made(hub, "model")
    api.create_repo("other")
    api_of(hub, "eve")
    with pytest.raises(HfHubHTTPError, match=r"A .* repository called .* already exists") as taken:
        api.move_repo("ada/tiny", "ada/other")
    with pytest.raises(HfHubHTTPError) as foreign:
        api.move_repo("ada/tiny", "eve/tiny")
    with pytest.raises(HfHubHTTPError) as not_theirs:
        api_of(hub, "eve").move_repo("ada/tiny", "eve/tiny")

    assert [status_of(each) for each in (taken, foreign, not_theirs)] == [409, 403, 403]


def test_old_names_of_private_repos_are_told_to_nobody_else(hub: Hub) -> None:
    api = made(hub, "model", private=True)
    api.move_repo("ada/tiny", "ada/other")

    with pytest.raises(RepositoryNotFoundError):
        api_of(hub, "eve").model_info("ada/tiny")
    for path in ("ada/tiny/resolve/main/a.txt", "ada/tiny/info/refs?service=git-upload-pack", "api/models/ada/tiny"):
        assert httpx.get(f"{hub.url}/{path}").status_code == 401
    assert api.model_info("ada/tiny").id == "ada/other"


@KINDS
def test_an_old_name_deletes_and_moves_nothing(hub: Hub, kind: str) -> None:
    api = made(hub, kind)
    api.move_repo("ada/tiny", "ada/other", repo_type=kind)
    with pytest.raises(RepositoryNotFoundError):
        api.delete_repo("ada/tiny", repo_type=kind)
    with pytest.raises(RepositoryNotFoundError):
        api.move_repo("ada/tiny", "ada/third", repo_type=kind)
    api.delete_repo("ada/tiny", repo_type=kind, missing_ok=True)

    assert api.repo_exists("ada/other", repo_type=kind)


@KINDS
def test_settings_turn_discussions_off_and_refuse_what_they_do_not_know(hub: Hub, kind: str) -> None:
    made(hub, kind)
    url, headers = f"{hub.url}/api/{kind}s/ada/tiny/settings", {"Authorization": f"Bearer {hub.person('ada').token}"}
    off = httpx.put(url, json={"discussionsDisabled": True, "description": "small"}, headers=headers)
    wrong = [httpx.put(url, json=body, headers=headers).status_code for body in ({"gated": "no"}, {"visibility": "x"})]
    foreign = httpx.put(url, json={"private": True}, headers={"Authorization": f"Bearer {hub.person('eve').token}"})

    assert (off.status_code, off.json()["discussionsDisabled"]) == (200, True)
    assert wrong == [400, 400]
    assert foreign.status_code == 403


@KINDS
def test_a_duplicate_has_history_card_and_large_files(own_hub: Hub, kind: str, tmp_path: Path) -> None:
    api, eve = made(own_hub, kind), api_of(own_hub, "eve")
    weights = bytes(range(256)) * 100
    api.upload_file(path_or_fileobj=weights, path_in_repo="w.bin", repo_id="ada/tiny", repo_type=kind)
    url = eve.duplicate_repo("ada/tiny", "eve/copy", repo_type=kind)
    api.delete_repo("ada/tiny", repo_type=kind)

    info = eve.repo_info("eve/copy", repo_type=kind)
    found = eve.hf_hub_download("eve/copy", "w.bin", repo_type=kind, cache_dir=tmp_path / "cache")
    assert url.repo_id == "eve/copy"
    assert (info.private, info.card_data and info.card_data["license"]) == (False, "mit")
    assert "license:mit" in (info.tags or [])
    assert Path(found).read_bytes() == weights
    assert len(eve.list_repo_commits("eve/copy", repo_type=kind)) == 4


def test_a_duplicate_is_as_private_as_the_original_unless_told(hub: Hub) -> None:
    api, eve = made(hub, "model", private=True), api_of(hub, "eve")
    api.duplicate_repo("ada/tiny", "ada/copy")
    api.duplicate_repo("ada/tiny", "ada/open", private=False)
    with pytest.raises(RepositoryNotFoundError):
        eve.duplicate_repo("ada/tiny", "eve/copy")
    with pytest.raises(HfHubHTTPError) as foreign:
        eve.duplicate_repo("ada/open", "ada/more")
    with pytest.raises(HfHubHTTPError) as taken:
        api.duplicate_repo("ada/tiny", "ada/open")

    assert (api.model_info("ada/copy").private, api.model_info("ada/open").private) == (True, False)
    assert (status_of(foreign), status_of(taken)) == (403, 409)
    assert api.duplicate_repo("ada/tiny", "ada/open", exist_ok=True).repo_id == "ada/open"


@KINDS
def test_creating_twice_is_fine_when_asked_for(hub: Hub, kind: str) -> None:
    api = api_of(hub)
    api.create_repo("tiny", repo_type=kind, private=True)
    with pytest.raises(HfHubHTTPError) as twice:
        api.create_repo("tiny", repo_type=kind)

    assert status_of(twice) == 409
    assert api.create_repo("tiny", repo_type=kind, exist_ok=True).repo_id == "ada/tiny"
    assert api.repo_info("ada/tiny", repo_type=kind).private
    api.delete_repo("ada/tiny", repo_type=kind)
    api.delete_repo("ada/tiny", repo_type=kind, missing_ok=True)
    assert not api.repo_exists("ada/tiny", repo_type=kind)


def test_webhooks_are_told_of_all_of_it(hub: Hub) -> None:
    api = api_of(hub)
    api.create_repo("tiny", repo_type="dataset")
    api.update_repo_settings("ada/tiny", repo_type="dataset", private=True)
    api.move_repo("ada/tiny", "ada/other", repo_type="dataset")
    api.delete_repo("ada/other", repo_type="dataset")

    happened = news(hub)
    told = [told_of(each) for each in happened]
    assert [(each.action, each.scope) for each in told] == [
        ("create", "repo"),
        ("update", "repo.config"),
        ("move", "repo"),
        ("delete", "repo"),
    ]
    last = payload_of(happened[-1], None, told[-1], hub.url)
    assert (last["repo"]["type"], last["repo"]["name"]) == ("dataset", "ada/other")
