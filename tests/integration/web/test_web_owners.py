"""Pages of people and organizations."""

import httpx
from huggingface_hub import HfApi
from tests.integration.web.conftest import Hub, csrf_of

from spaceport.domain.account import Caller, User
from spaceport.domain.repo import RepoType
from spaceport.organizations import create_organization
from spaceport.repos.repo_creation import create_repo


def send(browser: httpx.Client, path: str, **fields: str) -> httpx.Response:
    return browser.post(path, data={"csrf": csrf_of(browser), **fields})


def roles_in(hub: Hub, org: User) -> dict[str, str]:
    with hub.services.database.read() as tx:
        members = tx.accounts.members(org.id)
        return {user.name: str(each.role) for each in members if (user := tx.accounts.user(each.user_id))}


def test_an_organization_shows_its_people_and_the_repos_one_may_see(hub: Hub) -> None:
    ada, eve = hub.user("ada"), hub.user("eve")
    org = create_organization(hub.services, "Acme", ada, "Acme <Works>")
    space = hub.space(ada, "hello", card={"title": "Hello"})
    owner = Caller(ada, None, {org.id: "admin"})  # type: ignore[dict-item]
    create_repo(hub.services, owner, RepoType.MODEL, "open-model", "Acme")
    create_repo(hub.services, owner, RepoType.DATASET, "hidden-rows", "Acme", private=True)
    anonymous, member, stranger = (
        browser.get("/acme").text for browser in (hub.browser(), hub.browser(ada), hub.browser(eve))
    )
    person = hub.browser().get("/ADA").text

    assert "Acme &lt;Works&gt;" in anonymous
    assert "Acme/open-model" in anonymous
    for page in (anonymous, stranger):
        assert "hidden-rows" not in page
        assert "/organizations/Acme/members" not in page
    assert "Acme/hidden-rows" in member
    assert "/organizations/Acme/members" in member
    assert space.full_name in person
    assert 'href="/Acme"' in person
    assert 'href="/ada"' in hub.browser().get(f"/spaces/{space.full_name}").text
    assert 'href="/Acme"' in hub.browser().get("/Acme/open-model").text
    assert "hidden-rows" not in person
    assert hub.browser().get("/nobody").status_code == 404


def test_an_organization_is_made_and_its_members_are_set_on_pages(hub: Hub) -> None:
    ada, eve = hub.user("ada"), hub.user("eve")
    browser, other = hub.browser(ada), hub.browser(eve)
    taken = send(browser, "/organizations/new", name="eve")
    wrong = send(browser, "/organizations/new", name="settings")
    made = send(browser, "/organizations/new", name="acme", fullname="Acme Works")
    with hub.services.database.read() as tx:
        org = tx.accounts.user_by_name("acme")
    assert org is not None
    assert (taken.status_code, wrong.status_code, made.status_code) == (409, 400, 303)

    assert send(other, "/organizations/acme/members", user="eve", role="admin").status_code == 403
    assert send(browser, "/organizations/acme/members", user="eve", role="write").status_code == 303
    assert roles_in(hub, org) == {"ada": "admin", "eve": "write"}
    unknown = send(browser, "/organizations/acme/members", user="nobody", role="write")
    alone = send(browser, "/organizations/acme/members/ada/remove")
    assert (unknown.status_code, alone.status_code) == (400, 400)
    assert "no admin any more" in alone.text
    assert send(other, "/organizations/acme/members/ada/remove").status_code == 403
    assert send(other, "/organizations/acme/members/eve/remove").status_code == 303
    assert roles_in(hub, org) == {"ada": "admin"}


def test_people_and_organizations_say_who_they_are(hub: Hub) -> None:
    ada, eve = hub.user("ada"), hub.user("eve")
    create_organization(hub.services, "Acme", ada)
    browser = hub.browser(ada)

    refused = send(browser, "/settings/profile", bio="<b>Numbers</b>", website="javascript:alert(1)")
    kept = send(browser, "/settings/profile", fullname="Ada L", bio="<b>Numbers</b>", website="example.com")
    send(browser, "/organizations/acme/profile", fullname="Acme Works", bio="We make things.")
    stranger = send(hub.browser(eve), "/organizations/acme/profile", bio="Mine")
    person, org = hub.browser().get("/ada").text, hub.browser().get("/Acme").text

    assert refused.status_code == 400
    assert "&lt;b&gt;Numbers&lt;/b&gt;" in refused.text
    assert kept.status_code == 303
    assert stranger.status_code == 403
    for words in ("Ada L", "&lt;b&gt;Numbers&lt;/b&gt;", 'href="https://example.com"'):
        assert words in person
    assert "We make things." in org
    assert "Edit profile" not in person + org
    assert 'button primary" href="/new-space"' not in person
    assert 'button primary" href="/new-space"' in browser.get("/ada").text
    assert HfApi(hub.url, token=False).get_user_overview("ada").details == "<b>Numbers</b>"
    assert HfApi(hub.url, token=False).get_organization_overview("Acme").details == "We make things."
