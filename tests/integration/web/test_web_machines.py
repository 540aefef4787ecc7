"""The page of machines: an admin drains and undrains there, and reads what is left on a machine."""

import httpx

from spaceport.domain.route import GatewayReport, Route, Upstream
from spaceport.domain.stage import Stage
from spaceport.identity import create_token

from .conftest import Hub, csrf_of, make_runner
from .test_web_streams import open_stream


def send(browser: httpx.Client, path: str, **values: str) -> httpx.Response:
    return browser.post(path, data={"csrf": csrf_of(browser), **values})


def test_an_admin_drains_a_machine_and_takes_it_back(hub: Hub) -> None:
    ada, root = hub.user("ada"), hub.user("root", is_admin=True)
    space = hub.space(ada, "clouds")
    hub.space(ada, "rain")
    hub.instance(space, hub.build(space))
    hub.parts.runner_reports.append(make_runner(runner_id="far"))
    hub.parts.worker_reports = [
        {"name": f"{machine}/2-0123456789ab", "state": "suspended", "job_id": None} for machine in ("local", "gone")
    ]
    admin = hub.browser(root)
    base = "/admin/-/machines"

    assert hub.browser(ada).post(f"{base}/local/drain").status_code == 404
    assert admin.post(f"{base}/local/drain", data={"reason": "no token"}).status_code == 403
    done = send(admin, f"{base}/local/drain", reason="new memory", moves="true")
    assert done.headers["location"] == f"{base}?done=drained#machine-local"
    assert send(admin, f"{base}/far/drain", builder="2").status_code == 303
    assert hub.parts.drained == {"local", "far/2"}

    page, overview = admin.get(base).text, admin.get("/admin").text
    for text in (page, overview):
        assert "Drained by root" in text
        assert "new memory" in text
        assert "/admin?machine=local#spaces-title" in text
    assert "drained with its machine" in page
    assert "Let builder 2 of far build again" in page
    assert "drained by root</a>" in overview
    assert overview.count("does not answer") == 1
    assert "spaceport_workers 1.0" in admin.get("/metrics").text
    shown = admin.get("/admin?machine=local&part=1").text
    assert "ada/clouds" in shown
    assert "ada/rain" not in shown

    with open_stream(admin, f"{base}/events") as stream:
        assert "new memory" in stream.next()["parts"]["now-local"]
        hub.parts.is_away = True
        while "Unknown while Redis is away." not in stream.next().get("parts", {}).get("now-far", ""):
            pass
    assert "Unknown while Redis is away." in admin.get(base).text
    assert send(admin, f"{base}/local/undrain").status_code == 303
    hub.parts.is_away = False
    live = {
        "errors": "errors",
        "storage": "storage",
        "wakes": "woken",
        "audit": "records",
        "users": "users",
        "gateways": "routes",
    }
    for path, part in (live | {"users/ada": "taken-spaces"}).items():
        assert hub.browser(ada).get(f"/admin/-/{path}/events").status_code == 404
        with open_stream(admin, f"/admin/-/{path}/events") as stream:
            assert part in stream.next()["parts"]
    assert "new memory" not in admin.get(base).text


def test_an_admin_sets_the_quota_of_one_owner(hub: Hub) -> None:
    ada, root = hub.user("ada"), hub.user("root", is_admin=True)
    hub.space(ada, "clouds")
    admin, path = hub.browser(root), "/admin/-/users/ada"
    create_token(hub.services, ada, "laptop", "read")

    assert hub.browser(ada).get(path).status_code == 404
    assert send(admin, f"{path}/quota", running="two").status_code == 400
    assert send(admin, f"{path}/quota", running="2", memory_bytes="8", gpus="unlimited").status_code == 303
    page = admin.get(path).text

    assert 'name="running" value="2"' in page
    assert 'name="memory_bytes" value="8"' in page
    assert 'name="gpus" value="unlimited"' in page
    assert "quota set by root" in page
    assert "laptop</td>" in page
    assert 'href="/admin?owner=ada#spaces-title">1</a>' in page
    assert "of 8.0 GiB" in admin.get("/admin/-/users").text
    assert "of 8.0 GiB allowed" in hub.browser(ada).get("/settings/usage").text
    send(admin, f"{path}/quota", running="", memory_bytes="", gpus="")
    assert "quota set by root" not in admin.get(path).text


def test_an_admin_sees_where_the_numbers_of_gateways_come_from(hub: Hub) -> None:
    ada, root = hub.user("ada"), hub.user("root", is_admin=True)
    space = hub.space(ada, "clouds")
    instance = hub.instance(space, hub.build(space))
    upstream = Upstream(instance_id=instance.id, host="127.0.0.1", port=4001)
    hub.parts.routes = [
        Route(
            space_id=space.id,
            space_name="ada/clouds",
            title="Clouds",
            hosts=("ada-clouds.localhost",),
            stage=Stage.RUNNING,
            upstream=upstream,
            version=1204,
        )
    ]
    busy = {instance.id: 3, "gone": 1}
    hub.parts.gateway_reports = [GatewayReport(gateway_id="late", routes_version=1203, busy=busy)]
    admin = hub.browser(root)

    overview, page = admin.get("/admin").text, admin.get("/admin/-/gateways").text
    assert '/admin/-/gateways#routes-title">1,203</a>' in overview
    assert '/admin/-/gateways#busy-title">4</a>' in overview
    assert "behind: the newest is 1,204" in page
    assert "ada-clouds.localhost" in page
    assert f'/spaces/ada/clouds/instances/{instance.id}">127.0.0.1:4001</a>' in page
    assert f'/spaces/ada/clouds/instances/{instance.id}">{instance.id}</a>' in page
    assert hub.browser(ada).get("/admin/-/gateways").status_code == 404
    hub.parts.is_away = True
    assert "Unknown while Redis is away." in admin.get("/admin/-/gateways").text
