"""Another name, another owner, a copy: over the API, git and redirects."""

from pathlib import Path

import httpx
import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

from spaceport.repos.paths import repo_path
from spaceport.rollout import config_commands

from .conftest import Hub, change_files, git, make_work

MARKER = "hunter2-0xfeed"


@pytest.fixture
def api(hub: Hub) -> HfApi:
    return HfApi(endpoint=hub.url, token=hub.person("ada").token)


def pushed(hub: Hub, folder: Path, name: str = "demo") -> Path:
    """A Space with an app, and its working copy."""
    hub.space(name=name)
    work = make_work(folder)
    git(work, "remote", "add", "origin", hub.git_url(f"ada/{name}", hub.person("ada").token))
    git(work, "push", "--force", "origin", "main")
    return work


def test_a_renamed_space_is_found_under_both_names(hub: Hub, api: HfApi, tmp_path: Path) -> None:
    work = pushed(hub, tmp_path / "work")
    before = api.space_info("ada/demo")
    api.move_repo("ada/demo", "ada/other", repo_type="space")
    old = httpx.get(f"{hub.url}/api/spaces/ada/demo/runtime?x=1")
    change_files(work, {"app.py": "print('again')\n"})
    git(work, "push", "origin", "main")
    git(tmp_path, "clone", hub.git_url("ada/demo.git"), "clone")

    assert (old.status_code, old.headers["location"]) == (307, "/api/spaces/ada/other/runtime?x=1")
    after = api.space_info("ada/demo")
    assert (after.id, after.subdomain) == ("ada/other", "ada-other")
    assert after.sha != before.sha
    assert api.get_space_variables("ada/demo") == {}
    assert api.add_space_variable("ada/demo", "A", "1")["A"].value == "1"
    assert (tmp_path / "clone" / "app.py").read_text() == "print('again')\n"
    found = httpx.get(f"{hub.url}/api/spaces/by-subdomain/{before.subdomain}")
    assert found.json()["id"] == "ada/other"


def test_a_new_space_of_the_old_name_ends_the_redirect(hub: Hub, api: HfApi) -> None:
    old = hub.space()
    api.move_repo("ada/demo", "ada/other", repo_type="space")
    new = hub.space()

    assert api.space_info("ada/demo").subdomain == new.subdomain == "ada-demo"
    with hub.services.database.read() as tx:
        assert tx.redirects.of_space(old.id) == []


def test_back_and_forth_leaves_no_loop(hub: Hub, api: HfApi) -> None:
    hub.space()
    for before, after in (("demo", "other"), ("other", "demo"), ("demo", "Demo")):
        api.move_repo(f"ada/{before}", f"ada/{after}", repo_type="space")

    assert api.space_info("ada/demo").id == "ada/Demo"
    assert api.space_info("ada/other").id == "ada/Demo"


def test_a_taken_name_and_a_foreign_namespace_are_refused(hub: Hub, api: HfApi) -> None:
    hub.space()
    hub.space(name="other")
    hub.person("eve")
    with pytest.raises(HfHubHTTPError, match=r"A .* repository called .* already exists") as taken:
        api.move_repo("ada/demo", "ada/other", repo_type="space")
    with pytest.raises(HfHubHTTPError) as foreign:
        api.move_repo("ada/demo", "eve/demo", repo_type="space")

    assert taken.value.response.status_code == 409
    assert foreign.value.response.status_code == 403


def test_an_admin_hands_a_space_over_with_all_rights(hub: Hub, api: HfApi) -> None:
    space = hub.space()
    eve = HfApi(endpoint=hub.url, token=hub.person("eve").token)
    admin = HfApi(endpoint=hub.url, token=hub.person("root", is_admin=True).token)
    admin.move_repo("ada/demo", "eve/demo", repo_type="space")
    eve.add_space_variable("eve/demo", "A", "1")

    with pytest.raises(HfHubHTTPError) as caught:
        api.add_space_variable("eve/demo", "A", "2")
    assert caught.value.response.status_code == 403
    assert hub.read_space(space).links_version > space.links_version


def test_old_names_of_private_spaces_are_told_to_nobody_else(hub: Hub, api: HfApi, tmp_path: Path) -> None:
    space = hub.space(private=True)
    api.move_repo("ada/demo", "ada/other", repo_type="space")
    seen = git(tmp_path, "ls-remote", hub.git_url("ada/demo", hub.person("ada").token), "main").output
    stranger = HfApi(endpoint=hub.url, token=hub.person("eve").token)
    with pytest.raises(RepositoryNotFoundError):
        stranger.space_info("ada/demo")

    assert httpx.get(f"{hub.url}/spaces/ada/demo/info/refs?service=git-upload-pack").status_code == 401
    assert api.space_info("ada/demo").id == "ada/other"
    assert str(space.head_sha) in seen


def test_an_old_name_is_no_name_to_delete_by(hub: Hub, api: HfApi) -> None:
    hub.space()
    api.move_repo("ada/demo", "ada/other", repo_type="space")
    with pytest.raises(RepositoryNotFoundError):
        api.delete_repo("ada/demo", repo_type="space")

    assert api.space_info("ada/other").id == "ada/other"


def test_a_duplicate_has_history_and_variables_and_asks_for_secrets(hub: Hub, api: HfApi, tmp_path: Path) -> None:
    work = pushed(hub, tmp_path / "work")
    change_files(work, {"app.py": "print('second')\n"})
    git(work, "push", "origin", "main")
    ada = hub.person("ada").caller
    with hub.services.database.read() as tx:
        source = tx.spaces.by_name("ada", "demo")
    assert source is not None
    config_commands.set_variable(hub.services, source, ada, "MODEL", "small", "which one")
    config_commands.set_variable(hub.services, source, ada, "LANG_NAME", "fr")
    for key in ("KEY", "GIVEN", "DROPPED"):
        config_commands.set_secret(hub.services, source, ada, key, MARKER)
    eve = hub.person("eve")
    client = HfApi(endpoint=hub.url, token=eve.token)
    url = client.duplicate_repo(
        "ada/demo",
        "eve/copy",
        repo_type="space",
        space_variables=[{"key": "LANG_NAME", "value": "de"}],
        space_secrets=[{"key": "GIVEN", "value": "my own"}],
    )
    info = client.space_info("eve/copy")
    git(tmp_path, "clone", hub.git_url("eve/copy", eve.token), "clone")
    with hub.services.database.read() as tx:
        copy = tx.spaces.by_name("eve", "copy")
        assert copy is not None
        push, secrets = tx.pushes.latest(copy.id), tx.configs.secrets(copy.id)
    client.delete_space_secret("eve/copy", "DROPPED")
    client.add_space_secret("eve/copy", "KEY", "mine")

    assert url.repo_id == "eve/copy"
    assert (info.private, info.card_data["duplicated_from"]) == (True, "ada/demo")
    assert copy.duplicated_from == "ada/demo"
    assert copy.missing_secrets == ["DROPPED", "KEY"]
    assert {variable.key: variable.value for variable in client.get_space_variables("eve/copy").values()} == {
        "MODEL": "small",
        "LANG_NAME": "de",
    }
    assert [(secret.key, hub.services.sealer.open(secret.sealed)) for secret in secrets] == [("GIVEN", "my own")]
    assert push is not None
    assert push.sha == info.sha == copy.head_sha
    log = git(tmp_path / "clone", "log", "--format=%s").output.splitlines()
    assert log == ["Duplicate from ada/demo", "Change files", "Change files"]
    assert hub.read_space(copy).missing_secrets == []
    assert set(client.get_space_secrets("eve/copy")) == {"GIVEN", "KEY"}


def test_a_duplicate_of_an_empty_space_waits_for_its_first_push(hub: Hub, api: HfApi) -> None:
    hub.space()
    api.duplicate_repo("ada/demo", "ada/copy", repo_type="space", private=False)
    with hub.services.database.read() as tx:
        copy = tx.spaces.by_name("ada", "copy")
        assert copy is not None
        assert tx.pushes.latest(copy.id) is None
    assert (copy.has_app, copy.private) == (False, False)
    assert copy.head_sha == api.space_info("ada/copy").sha
    config = repo_path(hub.services.settings.data_dir, copy.id) / "config"
    assert "url" not in config.read_text()


def test_duplicating_to_a_taken_name_conflicts_unless_that_is_fine(hub: Hub, api: HfApi) -> None:
    hub.space()
    hub.space(name="other")
    with pytest.raises(HfHubHTTPError) as caught:
        api.duplicate_repo("ada/demo", "ada/other", repo_type="space")

    assert caught.value.response.status_code == 409
    again = api.duplicate_repo("ada/demo", "ada/other", repo_type="space", exist_ok=True)
    assert again.repo_id == "ada/other"


def test_nobody_duplicates_into_the_namespace_of_another(hub: Hub, api: HfApi) -> None:
    hub.space()
    hub.person("eve")
    with pytest.raises(HfHubHTTPError) as caught:
        api.duplicate_repo("ada/demo", "eve/copy", repo_type="space")

    assert caught.value.response.status_code == 403
