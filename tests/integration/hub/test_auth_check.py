"""``auth_check`` of the real client."""

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

from .conftest import Hub


def api_of(hub: Hub, name: str) -> HfApi:
    return HfApi(hub.url, hub.person(name).token)


@pytest.mark.parametrize("kind", ["model", "dataset", "space"])
def test_it_tells_who_may_read_and_who_may_write(hub: Hub, kind: str) -> None:
    ada, eve = api_of(hub, "ada"), api_of(hub, "eve")
    sdk = {"space_sdk": "static"} if kind == "space" else {}
    for name, private in (("open", False), ("closed", True)):
        ada.create_repo(name, repo_type=kind, private=private, **sdk)

    ada.auth_check("ada/closed", repo_type=kind, write=True)
    HfApi(hub.url, token=False).auth_check("ada/open", repo_type=kind)
    for api in (eve, HfApi(hub.url, hub.person("ada").read_token)):
        with pytest.raises(HfHubHTTPError) as caught:
            api.auth_check("ada/open", repo_type=kind, write=True)
        assert caught.value.response.status_code == 403
    with pytest.raises(RepositoryNotFoundError):
        eve.auth_check("ada/closed", repo_type=kind)


def test_auth_check_follows_the_old_name_of_a_space(hub: Hub) -> None:
    hub.space(name="demo")
    ada = api_of(hub, "ada")
    ada.move_repo("ada/demo", "ada/moved", repo_type="space")

    ada.auth_check("ada/demo", repo_type="space", write=True)
    HfApi(hub.url, token=False).auth_check("ada/moved", repo_type="space")
