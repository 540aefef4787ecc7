"""Settings of models and datasets with the real client."""

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

from .conftest import Hub


def api_of(hub: Hub, name: str) -> HfApi:
    return HfApi(hub.url, hub.person(name).token)


@pytest.mark.parametrize("kind", ["model", "dataset"])
def test_visibility_and_gate_are_set_apart_from_each_other(hub: Hub, kind: str) -> None:
    ada, eve = api_of(hub, "ada"), api_of(hub, "eve")
    ada.create_repo("tiny", repo_type=kind, private=True)

    ada.update_repo_settings("ada/tiny", repo_type=kind, gated="manual")
    with pytest.raises(RepositoryNotFoundError):
        eve.repo_info("ada/tiny", repo_type=kind)
    ada.update_repo_settings("ada/tiny", repo_type=kind, visibility="public")
    found = eve.repo_info("ada/tiny", repo_type=kind)
    assert (found.gated, found.private) == ("manual", False)
    with pytest.raises(GatedRepoError):
        eve.auth_check("ada/tiny", repo_type=kind)
    ada.update_repo_settings("ada/tiny", repo_type=kind, gated=False)
    eve.auth_check("ada/tiny", repo_type=kind)


def test_only_those_who_configure_a_repo_set_it(hub: Hub) -> None:
    api_of(hub, "ada").create_repo("tiny")
    for api in (api_of(hub, "eve"), HfApi(hub.url, hub.person("ada").read_token)):
        with pytest.raises(HfHubHTTPError) as caught:
            api.update_repo_settings("ada/tiny", visibility="private")
        assert caught.value.response.status_code == 403
    with pytest.raises(HfHubHTTPError) as caught:
        HfApi(hub.url, token=False).update_repo_settings("ada/tiny", visibility="private")
    assert caught.value.response.status_code == 401
