"""The commits of repos: pushed with the real git, listed with the real client."""

from pathlib import Path

import httpx
import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError
from tests.integration.hub.conftest import Hub, change_files, git, make_work

CARD = "---\nsdk: gradio\nsdk_version: 6.0.0\napp_file: app.py\n---\n"


def pushed(hub: Hub, tmp_path: Path, kind: str, private: bool = False) -> list[str]:
    """``ada/tiny`` with two commits of ours; their ids, newest first."""
    api = HfApi(hub.url, hub.person("ada").token)
    api.create_repo("tiny", repo_type=kind, private=private, space_sdk="gradio" if kind == "space" else None)
    card = CARD if kind == "space" else "# tiny\n"
    work = make_work(tmp_path / "work", {"README.md": card, "app.py": "print(1)\n"})
    first = git(work, "rev-parse", "HEAD").output.strip()
    second = change_files(work, {"app.py": "print('<b>')\n"})
    git(work, "commit", "--amend", "-m", "Say <b>\n\nAnd more.")
    second = git(work, "rev-parse", "HEAD").output.strip()
    prefix = "" if kind == "model" else f"{kind}s/"
    host = hub.url.removeprefix("http://")
    git(work, "push", "--force", f"http://hf_user:{hub.person('ada').token}@{host}/{prefix}ada/tiny", "main")
    return [second, first]


@pytest.mark.parametrize("kind", ["model", "dataset", "space"])
def test_the_client_lists_commits_newest_first(hub: Hub, tmp_path: Path, kind: str) -> None:
    shas = pushed(hub, tmp_path, kind)

    found = HfApi(hub.url, token=False).list_repo_commits("ada/tiny", repo_type=kind, formatted=True)

    assert [commit.commit_id for commit in found] == shas
    assert (found[0].title, found[0].message) == ("Say <b>", "And more.")
    assert found[0].formatted_title == "Say &lt;b&gt;"
    assert found[0].authors


def test_pages_name_the_next_one_and_paths_leave_out_other_commits(hub: Hub, tmp_path: Path) -> None:
    shas = pushed(hub, tmp_path, "model")
    url = f"{hub.url}/api/models/ada/tiny/commits/refs%2Fheads%2Fmain"

    first = httpx.get(url, params={"limit": 1})
    second = httpx.get(first.links["next"]["url"])

    assert [first.json()[0]["id"], second.json()[0]["id"]] == shas
    assert first.headers["X-Total-Count"] == "2"
    assert "next" not in second.links
    assert [each["id"] for each in httpx.get(f"{url}/README.md").json()] == shas[1:]
    assert httpx.get(f"{url}/missing").headers["X-Error-Code"] == "EntryNotFound"


def test_commits_of_a_space_say_what_was_deployed_of_them(hub: Hub, tmp_path: Path) -> None:
    pushed(hub, tmp_path, "space")

    found = httpx.get(f"{hub.url}/api/spaces/ada/tiny/commits/main").json()

    assert [each["status"]["state"] for each in found] == ["building", "never-deployed"]


def test_what_is_not_there_and_what_is_private_answer_as_everywhere(hub: Hub, tmp_path: Path) -> None:
    pushed(hub, tmp_path, "model", private=True)

    with pytest.raises(RepositoryNotFoundError):
        HfApi(hub.url, token=False).list_repo_commits("ada/tiny")
    with pytest.raises(RevisionNotFoundError):
        HfApi(hub.url, hub.person("ada").token).list_repo_commits("ada/tiny", revision="other")
