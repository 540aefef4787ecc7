"""The audit log, written by what people do and read by an admin."""

import httpx
from tests.integration.web.conftest import Hub, csrf_of
from tests.unit.test_audit import make_record

from spaceport.identity import create_token


def test_an_admin_finds_who_changed_a_secret_and_when_and_where_from(hub: Hub) -> None:
    ada, root = hub.user("ada"), hub.user("root", is_admin=True)
    hub.space(ada, "demo")
    browser = hub.browser(ada)
    token = create_token(hub.services, ada, "laptop")
    browser.post(
        "/spaces/ada/demo/settings/secrets", data={"csrf": csrf_of(browser), "key": "KEY", "value": "swordfish"}
    )
    answer = httpx.post(
        f"{hub.url}/api/spaces/ada/demo/variables",
        json={"key": "MODE", "value": "fast"},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 200, answer.text
    hub.browser().post("/login", data={"name": "ada", "password": "wrong"})
    admin = hub.browser(root)

    page = admin.get("/admin/-/audit").text
    secrets = admin.get("/admin/-/audit?action=secret").text
    csv = admin.get("/admin/-/audit.csv?words=variable").text

    assert all(text in page for text in ("secret.set", "variable.set", "127.0.0.1", "token laptop", "refused, 401"))
    assert "swordfish" not in page
    assert "secret KEY" in secrets
    assert "token laptop" not in secrets
    assert csv.splitlines()[0] == "at,actor,action,target,summary,outcome,status,address,via"
    assert [row.split(",")[1:4] for row in csv.splitlines()[1:]] == [["ada", "variable.set", "spaces/ada/demo"]]


def test_nobody_but_an_admin_sees_it(hub: Hub) -> None:
    ada = hub.user("ada")

    for path in ("/admin/-/audit", "/admin/-/audit.csv"):
        assert hub.browser(ada).get(path).status_code == 404
        assert hub.browser().get(path).status_code == 404


def test_pages_are_linked_and_keep_the_filter(hub: Hub) -> None:
    root = hub.user("root", is_admin=True)
    with hub.services.database.begin() as tx:
        for number in range(51):
            tx.audit.add(make_record(id=f"{number}", action="account.password"))
    admin = hub.browser(root)

    page = admin.get("/admin/-/audit?action=account").text
    older = page.split('href="?action=account&amp;after=')[1].split('"')[0]
    last = admin.get(f"/admin/-/audit?action=account&after={older}").text

    assert page.count('data-label="Who"') == 50
    assert last.count('data-label="Who"') == 2
    newer = last.split('href="?action=account&amp;before=')[1].split('"')[0]
    assert admin.get(f"/admin/-/audit?action=account&before={newer}").text.count('data-label="Who"') == 50


def test_scrapers_come_with_a_token_of_an_admin(hub: Hub) -> None:
    ada, root = hub.user("ada"), hub.user("root", is_admin=True)
    hub.space(ada, "demo")
    tokens = {user.name: create_token(hub.services, user, "scraper", "read") for user in (ada, root)}
    answers = {
        name: httpx.get(f"{hub.url}/metrics", headers={"Authorization": f"Bearer {token}"})
        for name, token in tokens.items()
    }

    assert httpx.get(f"{hub.url}/metrics").status_code == 404
    assert answers["ada"].status_code == 404
    assert answers["root"].headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'spaceport_spaces{kind="idle"} 1.0' in answers["root"].text
    assert 'spaceport_machine_memory_bytes{runner="local"}' in answers["root"].text


def test_an_admin_reads_who_has_what_and_which_settings_hold(hub: Hub) -> None:
    ada, root = hub.user("ada"), hub.user("root", is_admin=True)
    hub.space(ada, "demo")
    admin, other = hub.browser(root), hub.browser(ada)

    users = admin.get("/admin/-/users?filter=ad").text
    settings = admin.get("/admin/-/settings").text
    assert '<a href="/admin?owner=ada#spaces-title">1</a>' in users
    assert "1 account<" in users
    assert "SPACEPORT_AUDIT_DAYS" in settings
    assert "Nothing went wrong." in admin.get("/admin/-/errors").text
    for path in ("/admin/-/users", "/admin/-/settings", "/admin/-/machines", "/admin/-/errors"):
        assert other.get(path).status_code == 404
