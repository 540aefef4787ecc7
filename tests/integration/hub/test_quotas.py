"""What one owner may have: decided over the API and by command, and told to the owner and to who sends too much."""

import httpx
import pytest
from click.testing import CliRunner
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError
from tests.integration.hub.conftest import Hub

from spaceport.cli import main

GIB = 1024**3


def ask(hub: Hub, token: str, method: str, owner: str, **body: object) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.request(method, f"{hub.url}/api/admin/quotas/{owner}", headers=headers, json=body or None)


def test_an_admin_sets_a_quota_and_others_do_not(hub: Hub) -> None:
    root, ada = hub.person("root", is_admin=True), hub.person("ada")
    hub.space(name="demo")

    assert ask(hub, ada.token, "GET", "ada").status_code == 403
    assert ask(hub, root.read_token, "POST", "ada", running=1).status_code == 403
    assert ask(hub, root.token, "GET", "nobody").status_code == 404
    assert ask(hub, root.token, "POST", "ada", runing=1).status_code in (400, 422)
    set_ = ask(hub, root.token, "POST", "ada", running=2, memoryBytes=8 * GIB, gpus=-1).json()

    assert set_["running"] == {"used": 0, "allowed": 2, "own": 2}
    assert set_["gpus"] == {"used": 0, "allowed": None, "own": -1}
    assert (set_["spaces"]["used"], set_["changedBy"]) == (1, "root")
    usage = httpx.get(f"{hub.url}/api/settings/usage", headers={"Authorization": f"Bearer {ada.token}"}).json()
    assert (usage["running"]["allowed"], usage["memoryBytes"]["allowed"]) == (2, 8 * GIB)
    assert "changedBy" not in ask(hub, root.token, "POST", "ada", running=None, memoryBytes=None, gpus=None).json()


def test_the_command_shows_and_sets_and_the_client_is_told_why_a_file_is_refused(hub: Hub) -> None:
    ada, root = hub.person("ada"), hub.person("root", is_admin=True)
    environment = {"HF_ENDPOINT": hub.url, "SPACEPORT_TOKEN": root.token}
    done = CliRunner().invoke(main, ["quota", "ada", "--storage", "0", "--memory", "0.5"], env=environment)

    assert done.exit_code == 0, done.output
    assert "memory   0 MiB of 512 MiB  (own quota)" in done.output
    wrong = CliRunner().invoke(main, ["quota", "ada", "--gpus", "many"], env=environment)
    assert wrong.exit_code
    assert "a number from 0 on, unlimited" in wrong.output
    api = HfApi(hub.url, ada.token)
    api.create_repo("tiny")
    # As LFS or as Xet, as the client has it: both tell the hub's own words.
    with pytest.raises((HfHubHTTPError, RuntimeError), match="quota for storage"):
        api.upload_file(path_or_fileobj=b"\0" * 1000, path_in_repo="model.bin", repo_id="ada/tiny")

    CliRunner().invoke(main, ["quota", "ada", "--storage", "default"], env=environment)
    api.upload_file(path_or_fileobj=b"\0" * 1000, path_in_repo="model.bin", repo_id="ada/tiny")


@pytest.mark.parametrize("repo_type", ["model", "space"])
def test_what_comes_from_another_owner_counts_as_well(own_hub: Hub, repo_type: str) -> None:
    root = own_hub.person("root", is_admin=True)
    api = HfApi(own_hub.url, own_hub.person("ada").token)
    api.create_repo("ada/large", repo_type=repo_type, space_sdk="static" if repo_type == "space" else None)
    api.upload_file(path_or_fileobj=b"\0" * 1000, path_in_repo="model.bin", repo_id="ada/large", repo_type=repo_type)
    own_hub.person("bob")
    ask(own_hub, root.token, "POST", "bob", storageBytes=999)

    with pytest.raises(HfHubHTTPError, match="quota for storage"):
        HfApi(own_hub.url, own_hub.person("bob").token).duplicate_repo("ada/large", repo_type=repo_type)
    with pytest.raises(HfHubHTTPError, match="quota for storage"):
        HfApi(own_hub.url, root.token).move_repo("ada/large", "bob/large", repo_type=repo_type)

    ask(own_hub, root.token, "POST", "bob", storageBytes=1000)
    HfApi(own_hub.url, root.token).move_repo("ada/large", "bob/large", repo_type=repo_type)
    assert api.repo_info("bob/large", repo_type=repo_type).id == "bob/large"
