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
