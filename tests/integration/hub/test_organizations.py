"""Organizations with the real client: who sees what, and what a member of each role may do."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

from spaceport.cli import main
from spaceport.domain.account import AccessToken, AccountKind, OrgRole, User
from spaceport.domain.names import new_id
from spaceport.errors import Conflict, NotAuthenticated
from spaceport.identity import hash_secret, new_token, sign_in
from spaceport.organizations import create_organization, put_member, remove_member

from .conftest import Hub, running_hub


def api_of(hub: Hub, name: str) -> HfApi:
    return HfApi(hub.url, hub.person(name).token)


def make_org(hub: Hub, **members: str) -> User:
    """``acme``, with ada as its admin."""
    org = create_organization(hub.services, "Acme", hub.person("ada").user, "Acme Works")
    for name, role in members.items():
        hub.person(name)
        with hub.services.database.begin() as tx:
            put_member(hub.services, tx, org, name, role)
    return org


def fine_grained(hub: Hub, name: str, scopes: dict[str, list[str]]) -> HfApi:
    secret, now = new_token(), hub.services.clock.now()
    token = AccessToken(new_id(), hub.person(name).user.id, "fine", "fineGrained", hash_secret(secret), now, scopes)
    with hub.services.database.begin() as tx:
        tx.accounts.add_token(token)
    return HfApi(hub.url, secret)


def call(hub: Hub, who: str, method: str, path: str, **body: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {hub.person(who).token}"}
    return httpx.request(method, f"{hub.url}/api/organizations{path}", headers=headers, json=body or None)


def status_of(caught: pytest.ExceptionInfo[HfHubHTTPError]) -> int:
    return caught.value.response.status_code


def test_whoami_names_the_organizations_and_the_role_in_each(hub: Hub) -> None:
    make_org(hub, bob="read")
    create_organization(hub.services, "beta", hub.person("bob").user)

    found = api_of(hub, "bob").whoami()
    assert [(each["name"], each["fullname"], each["roleInOrg"]) for each in found["orgs"]] == [
        ("Acme", "Acme Works", "read"),
        ("beta", "beta", "admin"),
    ]
    assert found["auth"]["accessToken"]["role"] == "write"
    assert api_of(hub, "eve").whoami()["orgs"] == []


@pytest.mark.parametrize("kind", ["model", "dataset", "space"])
def test_members_of_every_role_but_read_create_repos(hub: Hub, kind: str) -> None:
    make_org(hub, bob="read", carl="contributor", dora="write")
    sdk = {"space_sdk": "static"} if kind == "space" else {}
    for name in ("carl", "dora", "ada"):
        made = api_of(hub, name).create_repo(f"acme/by-{name}", repo_type=kind, private=True, **sdk)
        assert made.repo_id == f"Acme/by-{name}"

    for name in ("bob", "eve"):
        with pytest.raises(HfHubHTTPError) as caught:
            api_of(hub, name).create_repo(f"acme/by-{name}", repo_type=kind, **sdk)
        assert status_of(caught) == 403


def test_a_contributor_changes_own_repos_and_a_reader_only_reads(hub: Hub) -> None:
    make_org(hub, bob="read", carl="contributor", dora="write")
    for name in ("carl", "dora"):
        api_of(hub, name).create_repo(f"Acme/by-{name}", private=True)
    carl, bob = api_of(hub, "carl"), api_of(hub, "bob")
    carl.auth_check("Acme/by-carl", write=True)
    api_of(hub, "dora").auth_check("Acme/by-carl", write=True)
    bob.auth_check("Acme/by-carl")

    for api, repo in ((carl, "Acme/by-dora"), (bob, "Acme/by-carl")):
        with pytest.raises(HfHubHTTPError) as caught:
            api.auth_check(repo, write=True)
        assert status_of(caught) == 403
    with pytest.raises(RepositoryNotFoundError):
        api_of(hub, "eve").auth_check("Acme/by-carl")


def test_overviews_count_what_the_caller_may_see(hub: Hub) -> None:
    make_org(hub, bob="read")
    ada = api_of(hub, "ada")
    ada.create_repo("Acme/open")
    ada.create_repo("Acme/closed", private=True)
    ada.create_repo("Acme/rows", repo_type="dataset")
    ada.create_repo("own")

    seen = api_of(hub, "bob").get_organization_overview("acme")
    assert (seen.name, seen.fullname, seen.num_users) == ("Acme", "Acme Works", 2)
    assert (seen.num_models, seen.num_datasets, seen.num_spaces) == (2, 1, 0)
    assert api_of(hub, "eve").get_organization_overview("Acme").num_models == 1
    for repo in ("Acme/open", "Acme/closed"):
        httpx.post(
            f"{hub.url}/api/models/{repo}/like", headers={"Authorization": f"Bearer {ada.token}"}
        ).raise_for_status()
        ada.create_discussion(repo, "Hello")
    own = ada.get_user_overview("ada")
    assert (own.num_likes, own.num_discussions) == (2, 2)
    person = HfApi(hub.url, token=False).get_user_overview("ADA")
    assert (person.num_likes, person.num_discussions) == (1, 1)
    assert (person.username, person.num_models, [each.name for each in person.orgs]) == ("ada", 1, ["Acme"])
    for missing in ("get_user_overview", "get_organization_overview"):
        with pytest.raises(HfHubHTTPError) as caught:
            getattr(ada, missing)("nobody")
        assert status_of(caught) == 404


def test_members_are_listed_in_pages(hub: Hub) -> None:
    make_org(hub, bob="read", carl="write")

    assert [each.username for each in HfApi(hub.url).list_organization_members("Acme")] == ["ada", "bob", "carl"]
    first = call(hub, "eve", "GET", "/Acme/members?limit=2")
    assert [each["user"] for each in first.json()] == ["ada", "bob"]
    assert [each["user"] for each in httpx.get(first.links["next"]["url"]).json()] == ["carl"]
    assert [*HfApi(hub.url).list_organization_followers("Acme")] == []
    assert [*HfApi(hub.url).list_user_followers("ada")] == [*HfApi(hub.url).list_user_following("ada")] == []


def test_only_admins_change_members_and_everybody_may_leave(hub: Hub) -> None:
    make_org(hub, bob="write")
    hub.person("carl")

    assert call(hub, "bob", "POST", "/Acme/members", user="carl", role="read").status_code == 403
    assert call(hub, "ada", "POST", "/Acme/members", user="carl", role="owner").status_code == 400
    assert call(hub, "ada", "POST", "/Acme/members", user="nobody", role="read").status_code == 404
    assert call(hub, "ada", "POST", "/Acme/members", user="carl", role="read").status_code == 200
    assert call(hub, "bob", "DELETE", "/Acme/members/carl").status_code == 403
    assert call(hub, "carl", "DELETE", "/Acme/members/carl").status_code == 200
    assert call(hub, "ada", "DELETE", "/Acme/members/ada").status_code == 409
    assert call(hub, "eve", "POST", "", name="acme").status_code == 409
    assert call(hub, "eve", "POST", "", name="guild").json()["name"] == "guild"


def test_an_admin_of_this_spaceport_may_govern_more_organizations_than_others(tmp_path: Path) -> None:
    with running_hub(tmp_path, max_organizations_per_user=1) as hub:
        hub.person("root", is_admin=True)
        made = [call(hub, who, "POST", "", name=f"{who}-{number}") for who in ("ada", "root") for number in (1, 2)]

    assert [each.status_code for each in made] == [200, 403, 200, 200]


def test_the_last_admin_stays(hub: Hub) -> None:
    org = make_org(hub, bob="read")
    with hub.services.database.begin() as tx, pytest.raises(Conflict, match="no admin"):
        remove_member(tx, org, "ada")
    with hub.services.database.begin() as tx, pytest.raises(Conflict, match="no admin"):
        put_member(hub.services, tx, org, "ada", "write")

    with hub.services.database.begin() as tx:
        put_member(hub.services, tx, org, "bob", "admin")
        remove_member(tx, org, "ada")
        assert [each.role for each in tx.accounts.members(org.id)] == [OrgRole.ADMIN]


def test_nobody_signs_in_as_an_organization(hub: Hub) -> None:
    make_org(hub)
    for password in ("", "x"):
        with pytest.raises(NotAuthenticated):
            sign_in(hub.services, "Acme", password, address="test of organizations")


def test_a_fine_grained_token_does_what_it_was_made_for_and_no_more(hub: Hub) -> None:
    org = make_org(hub)
    ada = api_of(hub, "ada")
    ada.create_repo("Acme/closed", private=True)
    ada.create_repo("own", private=True)
    reader, writer = fine_grained(hub, "ada", {org.id: ["read"]}), fine_grained(hub, "ada", {org.id: ["write"]})

    assert reader.whoami()["auth"]["accessToken"]["role"] == "fineGrained"
    reader.auth_check("Acme/closed")
    assert [each.id for each in reader.list_models()] == ["Acme/closed"]
    assert reader.get_user_overview("ada").num_models == 0
    writer.auth_check("Acme/closed", write=True)
    writer.create_repo("Acme/new")
    with pytest.raises(HfHubHTTPError) as caught:
        reader.auth_check("Acme/closed", write=True)
    assert status_of(caught) == 403
    for api in (reader, writer):
        with pytest.raises(RepositoryNotFoundError):
            api.auth_check("ada/own")
        with pytest.raises(HfHubHTTPError) as caught:
            api.create_repo("ada/other")
        assert status_of(caught) == 403
        assert call_with(api, "POST", "/Acme/members", user="ada", role="read").status_code == 403


def call_with(api: HfApi, method: str, path: str, **body: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {api.token}"}
    return httpx.request(method, f"{api.endpoint}/api/organizations{path}", headers=headers, json=body)


def run(hub: Hub, *arguments: str) -> Result:
    environment = {"SPACEPORT_DATA_DIR": str(hub.services.settings.data_dir)}
    return CliRunner().invoke(main, ["org", *arguments], env=environment)


def test_the_command_adds_organizations_and_members(hub: Hub) -> None:
    hub.person("ada")
    hub.person("bob")
    added = run(hub, "add", "acme", "--admin", "ada")
    assert (added.exit_code, added.output) == (0, "organization acme added; ada is its admin\n")

    assert run(hub, "member", "acme", "bob", "--role", "write").output == "bob is in acme: write\n"
    assert api_of(hub, "bob").whoami()["orgs"][0]["roleInOrg"] == "write"
    assert run(hub, "member", "acme", "bob", "--remove").output == "bob left acme\n"
    assert api_of(hub, "bob").whoami()["orgs"] == []
    for wrong in (
        ["acme", "bob"],
        ["acme", "bob", "--remove"],
        ["acme", "ada", "--remove"],
        ["guild", "ada", "--remove"],
    ):
        assert run(hub, "member", *wrong).exit_code == 1
    with hub.services.database.read() as tx:
        org = tx.accounts.user_by_name("acme")
    assert org is not None
    assert org.kind is AccountKind.ORGANIZATION


def test_all_repos_of_an_owner_are_told_with_what_they_take(hub: Hub) -> None:
    make_org(hub, bob="read")
    ada = api_of(hub, "ada")
    for name, size in (("Acme/large", 300), ("Acme/small", 100), ("own", 50)):
        repo = ada.create_repo(name, private=name == "Acme/small").repo_id
        ada.upload_file(path_or_fileobj=b"x" * size, path_in_repo="a.bin", repo_id=repo)
    ada.create_repo("Acme/words", repo_type="dataset")
    hub.space("ada", "demo")

    mine = list(ada.list_user_repos())
    ours = list(api_of(hub, "bob").list_user_repos("acme"))
    headers = {"Authorization": f"Bearer {ada.token}"}
    page = httpx.get(f"{hub.url}/api/organizations/acme/settings/repositories?limit=1", headers=headers)

    assert [(each.id, each.type, each.storage) for each in mine] == [("ada/own", "model", 50), ("ada/demo", "space", 0)]
    assert [(each.id, each.type, each.visibility, each.storage, each.storage_percent) for each in ours] == [
        ("Acme/large", "model", "public", 300, 75),
        ("Acme/small", "model", "private", 100, 25),
        ("Acme/words", "dataset", "public", 0, 0),
    ]
    assert 'rel="next"' in page.headers["link"]
    for who, namespace, status in (("eve", "acme", 403), ("eve", "nobody", 404)):
        with pytest.raises(HfHubHTTPError) as caught:
            list(api_of(hub, who).list_user_repos(namespace))
        assert status_of(caught) == status
