"""Gated repos with the real client: asking, answering, granting, and who gets the files."""

from typing import Any

import httpx
import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

from spaceport.domain.repo import Repo, RepoType
from spaceport.repos.gating import ask_access

from .conftest import Hub


def api_of(hub: Hub, name: str) -> HfApi:
    return HfApi(hub.url, hub.person(name).token)


def repo_of(hub: Hub, kind: RepoType = RepoType.MODEL) -> Repo:
    with hub.services.database.read() as tx:
        found = tx.repos.by_name(kind, "ada", "gated")
    assert found is not None
    return found


def make_gated(hub: Hub, gated: str = "manual", kind: RepoType = RepoType.MODEL, **card: Any) -> Repo:
    """``ada/gated``."""
    api_of(hub, "ada").create_repo("gated", repo_type=kind)
    with hub.services.database.begin() as tx:
        tx.repos.update(repo_of(hub, kind).id, gated=gated, card=card)
    return repo_of(hub, kind)


def ask(hub: Hub, name: str, repo: Repo, **answers: Any) -> str:
    return ask_access(hub.services, repo, hub.person(name).caller, answers).id


def status_of(caught: pytest.ExceptionInfo[HfHubHTTPError]) -> int:
    return caught.value.response.status_code


@pytest.mark.parametrize("kind", [RepoType.MODEL, RepoType.DATASET])
def test_a_request_is_accepted_rejected_and_put_back(hub: Hub, kind: RepoType) -> None:
    repo = make_gated(hub, kind=kind, extra_gated_fields={"Company": "text"})
    ada, eve = api_of(hub, "ada"), api_of(hub, "eve")
    request_id = ask(hub, "eve", repo, Company="Acme", Other="left out")

    asked = [*ada.list_pending_access_requests("ada/gated", repo_type=kind)]
    assert [(each.username, each.status, each.fields) for each in asked] == [("eve", "pending", {"Company": "Acme"})]
    with pytest.raises(GatedRepoError):
        eve.auth_check("ada/gated", repo_type=kind)
    with pytest.raises(GatedRepoError):
        eve.hf_hub_download("ada/gated", ".gitattributes", repo_type=kind)

    ada.accept_access_request("ada/gated", "eve", repo_type=kind)
    eve.auth_check("ada/gated", repo_type=kind)
    assert eve.hf_hub_download("ada/gated", ".gitattributes", repo_type=kind, local_dir=hub.services.settings.data_dir)
    assert [each.username for each in ada.list_accepted_access_requests("ada/gated", repo_type=kind)] == ["eve"]

    ada.reject_access_request("ada/gated", request_id=request_id, rejection_reason="No.", repo_type=kind)
    assert [each.username for each in ada.list_rejected_access_requests("ada/gated", repo_type=kind)] == ["eve"]
    with pytest.raises(GatedRepoError):
        eve.auth_check("ada/gated", repo_type=kind)
    ada.cancel_access_request("ada/gated", "eve", repo_type=kind)
    assert len([*ada.list_pending_access_requests("ada/gated", repo_type=kind)]) == 1


def test_access_is_granted_to_who_did_not_ask(hub: Hub) -> None:
    make_gated(hub)
    ada, eve = api_of(hub, "ada"), api_of(hub, "eve")
    assert ada.grant_access("ada/gated", "eve", repo_type="model")["requestId"]

    eve.auth_check("ada/gated")
    granted = next(iter(ada.list_accepted_access_requests("ada/gated", repo_type="model")))
    assert (granted.username, granted.email) == ("eve", None)
    for name, status in (("eve", 400), ("nobody", 404)):
        with pytest.raises(HfHubHTTPError) as caught:
            ada.grant_access("ada/gated", name, repo_type="model")
        assert status_of(caught) == status


def test_an_automatic_gate_opens_for_who_asks_and_answers(hub: Hub) -> None:
    repo = make_gated(hub, "auto", extra_gated_fields={"I agree": "checkbox"})
    with pytest.raises(Exception, match="agree to: I agree"):
        ask(hub, "eve", repo)
    ask(hub, "eve", repo, **{"I agree": "on"})

    api_of(hub, "eve").auth_check("ada/gated")
    with pytest.raises(GatedRepoError) as caught:
        HfApi(hub.url, token=False).auth_check("ada/gated")
    assert status_of(caught) == 401


def test_people_ask_with_a_form(hub: Hub) -> None:
    make_gated(hub, kind=RepoType.DATASET, extra_gated_fields={"Company": "text"})
    address = f"{hub.url}/datasets/ada/gated/ask-access"

    def post(token: str = "", **answers: str) -> httpx.Response:
        return httpx.post(address, data=answers, headers={"Authorization": f"Bearer {token}"} if token else {})

    eve = hub.person("eve")
    assert post(Company="Acme").status_code == 401
    assert post(eve.read_token, Company="Acme").status_code == 403
    assert post(eve.token).status_code == 400
    first = post(eve.token, Company="Acme").json()
    assert first["status"] == "pending"
    assert post(eve.token, Company="Other").json() == first
    asked = [*api_of(hub, "ada").list_pending_access_requests("ada/gated", repo_type="dataset")]
    assert [each.fields for each in asked] == [{"Company": "Acme"}]


def test_requests_are_for_those_who_configure_the_repo(hub: Hub) -> None:
    repo = make_gated(hub)
    ask(hub, "eve", repo)
    for call in (
        lambda api: [*api.list_pending_access_requests("ada/gated", repo_type="model")],
        lambda api: api.accept_access_request("ada/gated", "eve", repo_type="model"),
        lambda api: api.grant_access("ada/gated", "eve", repo_type="model"),
    ):
        with pytest.raises(HfHubHTTPError) as caught:
            call(api_of(hub, "eve"))
        assert status_of(caught) == 403


def test_what_makes_no_sense_is_refused(hub: Hub) -> None:
    repo = make_gated(hub)
    ada = api_of(hub, "ada")
    ask(hub, "eve", repo)
    ada.accept_access_request("ada/gated", "eve", repo_type="model")
    hub.person("bob")
    ada.create_repo("open")
    ada.create_repo("closed", private=True)

    for call, status in (
        (lambda: ada.accept_access_request("ada/gated", "eve", repo_type="model"), 400),
        (lambda: ada.accept_access_request("ada/gated", "bob", repo_type="model"), 404),
        (lambda: ada.accept_access_request("ada/gated", request_id="none", repo_type="model"), 404),
        (lambda: ada.grant_access("ada/open", "bob", repo_type="model"), 400),
        (lambda: [*ada.list_pending_access_requests("ada/open", repo_type="model")], 400),
    ):
        with pytest.raises(HfHubHTTPError) as caught:
            call()
        assert status_of(caught) == status
    with pytest.raises(RepositoryNotFoundError):
        api_of(hub, "eve").grant_access("ada/closed", "bob", repo_type="model")
