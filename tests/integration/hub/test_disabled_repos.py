"""Repos that an admin closed, with the real clients."""

from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from huggingface_hub import HfApi
from huggingface_hub.errors import DisabledRepoError, HfHubHTTPError, LocalEntryNotFoundError
from tests.integration.hub.conftest import Hub, git

from spaceport.cli import main
from spaceport.domain.space import Desired


def ask(hub: Hub, token: str, path: str) -> int:
    return httpx.post(f"{hub.url}{path}", headers={"Authorization": f"Bearer {token}"}).status_code


@pytest.mark.parametrize("kind", ["model", "dataset", "space"])
def test_what_an_admin_closed_is_for_admins_alone(hub: Hub, kind: str, tmp_path: Path) -> None:
    ada, root = hub.person("ada"), hub.person("root", is_admin=True)
    api, admin = HfApi(hub.url, ada.token), HfApi(hub.url, root.token)
    api.create_repo("tiny", repo_type=kind, **({"space_sdk": "static"} if kind == "space" else {}))
    refused = ask(hub, ada.token, f"/api/{kind}s/ada/tiny/disable")
    assert ask(hub, root.token, f"/api/{kind}s/ada/tiny/disable") == 200

    for client in (api, HfApi(hub.url, token=False)):
        with pytest.raises(DisabledRepoError):
            client.repo_info("ada/tiny", repo_type=kind)
        with pytest.raises(LocalEntryNotFoundError) as caught:
            client.hf_hub_download("ada/tiny", "README.md", repo_type=kind, cache_dir=tmp_path / "cache")
        assert isinstance(caught.value.__cause__, DisabledRepoError)
    with pytest.raises(HfHubHTTPError) as upload:
        api.upload_file(path_or_fileobj=b"a", path_in_repo="a.txt", repo_id="ada/tiny", repo_type=kind)
    prefix = "" if kind == "model" else f"{kind}s/"
    address = f"http://hf_user:{ada.token}@{hub.url.removeprefix('http://')}/{prefix}ada/tiny"
    clone = git(tmp_path, "clone", address, "clone", check=False)
    listed = {who: hub_list(client, kind) for who, client in (("ada", api), ("root", admin))}
    assert refused == upload.value.response.status_code == 403
    assert clone.code
    assert "disabled" in clone.output
    assert listed == {"ada": [], "root": ["ada/tiny"]}
    assert admin.repo_info("ada/tiny", repo_type=kind).disabled

    assert ask(hub, root.token, f"/api/{kind}s/ada/tiny/enable") == 200
    assert not api.repo_info("ada/tiny", repo_type=kind).disabled


def test_the_command_closes_a_space_and_stops_its_app(hub: Hub) -> None:
    space, root = hub.space(name="demo"), hub.person("root", is_admin=True)
    environment = {"HF_ENDPOINT": hub.url, "SPACEPORT_TOKEN": root.token}
    command = ["repo", "disable", "ada/demo", "--type", "space", "--reason", "spam"]
    done = CliRunner().invoke(main, command, env=environment)

    closed = hub.read_space(space)
    assert done.exit_code == 0, done.output
    assert (closed.is_disabled, closed.desired) == (True, Desired.STOPPED)
    assert "spam" in (closed.stop_reason or "")


def hub_list(api: HfApi, kind: str) -> list[str]:
    found = {"model": api.list_models, "dataset": api.list_datasets, "space": api.list_spaces}[kind](author="ada")
    return [each.id for each in found]
