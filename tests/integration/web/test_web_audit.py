"""The audit log, written by what people do and read by an admin."""

import httpx
from tests.integration.web.conftest import Hub, csrf_of, make_runner
from tests.unit.test_audit import make_record

from spaceport.domain.route import Activity
from spaceport.identity import create_token
from spaceport.trouble_file import TroubleFile, trouble_path
from spaceport.web.nouns import plural
from spaceport.web.words import size
from spaceport_runner.log_file import now_timestamp


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


def test_scrapers_are_told_what_the_pages_show(hub: Hub) -> None:
    ada, root = hub.user("ada"), hub.user("root", is_admin=True)
    space = hub.space(ada, "demo")
    hub.instance(space, hub.build(space))
    hub.build(hub.space(ada, "waiting"))
    hub.parts.runner_reports = [make_runner(cpus=4, cpu_percent=120.0)]
    hub.parts.visits[space.id] = Activity(requests=1234, last_visit_at=0)
    trouble = {"event": "it broke", "level": "error", "timestamp": now_timestamp(), "process": "hub"}
    TroubleFile(hub.services.settings.data_dir)(None, "error", trouble)
    admin = hub.browser(root)

    lines = [line.rpartition(" ") for line in admin.get("/metrics").text.splitlines() if line[0] != "#"]
    told = {name: float(value) for name, _, value in lines}
    page = admin.get("/admin").text

    def of_machine(name: str) -> float:
        return told[f'spaceport_machine_{name}{{runner="local"}}']

    kinds = [told[f'spaceport_spaces{{kind="{kind}"}}'] for kind in ("ok", "busy", "bad", "idle")]
    queued = told['spaceport_builds{status="queued"}'] + told['spaceport_builds{status="running"}']
    assert f">{plural(int(sum(kinds)), 'Space')}</a>" in page
    assert f">{plural(int(queued), 'build')} under way</a>" in page
    assert f"{of_machine('cpu_used'):.1f} of {plural(int(of_machine('cpus')), 'core')}" in page
    assert f"{size(of_machine('memory_used_bytes'))} of {size(of_machine('memory_bytes'))}" in page
    assert f"{size(of_machine('disk_free_bytes'))} free" in page
    assert f'#spaces-title">{of_machine("spaces"):.0f}</a>' in page
    requests = told['spaceport_space_requests_total{space="ada/demo",owner="ada"}']
    assert f'/spaces/ada/demo/visits">{requests:,.0f}</a>' in page
    errors = int(told["spaceport_recent_platform_errors"])
    assert f">{errors} {'error' if errors == 1 else 'errors'} of Spaceport itself in 24 hours</a>" in page
    assert "it broke" in admin.get("/admin/-/errors").text
    # Tests of a module share the folder.
    trouble_path(hub.services.settings.data_dir).unlink()


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
