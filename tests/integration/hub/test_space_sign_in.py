"""The app by which a Space signs people in: from its first push to its end."""

from pathlib import Path

from huggingface_hub import HfApi

from spaceport.domain.oauth import OAuthApp

from .conftest import README, Hub, change_files, git, make_work

SIGNS_IN = README.replace("sdk:", "hf_oauth: true\nsdk:", 1)


def app_of(hub: Hub, name: str) -> OAuthApp | None:
    with hub.services.database.read() as tx:
        space = tx.spaces.by_name("ada", name)
        return tx.sign_ins.app_of_space(space.id) if space is not None else None


def test_a_space_has_an_app_of_its_own_through_all_its_names(hub: Hub, tmp_path: Path) -> None:
    api = HfApi(hub.url, hub.person("ada").token)
    hub.space()
    work = make_work(tmp_path / "work")
    git(work, "remote", "add", "origin", hub.git_url("ada/demo", hub.person("ada").token))
    git(work, "push", "--force", "origin", "main")
    assert app_of(hub, "demo") is None

    change_files(work, {"README.md": SIGNS_IN})
    git(work, "push", "origin", "main")
    first = app_of(hub, "demo")
    change_files(work, {"app.py": "print('again')\n"})
    git(work, "push", "origin", "main")
    again = app_of(hub, "demo")
    api.duplicate_repo("ada/demo", "ada/copy", repo_type="space")
    api.move_repo("ada/demo", "ada/other", repo_type="space")
    copy, moved = app_of(hub, "copy"), app_of(hub, "other")

    assert first is not None
    assert again == first
    assert copy is not None
    assert copy.id != first.id
    assert copy.sealed_secret != first.sealed_secret
    assert moved is not None
    assert (moved.id, moved.name) == (first.id, "ada/other")
    assert moved.sealed_secret != first.sealed_secret
