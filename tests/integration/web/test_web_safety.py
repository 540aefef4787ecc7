"""What keeps pages safe: policy, forms, sessions."""

import re
from itertools import product

import httpx
import pytest

from spaceport.domain.space import Space
from spaceport.domain.stage import Stage

from .conftest import Hub, csrf_of

ALL_PAGES = (
    "/",
    "/?search=x",
    "/spaces?search=x&running=true",
    "/spaces/ada/hello",
    "/spaces/ada/hello/logs",
    "/spaces/ada/hello/deployments",
    "/spaces/ada/hello/deployments/1",
    "/spaces/ada/hello/deployments/1/rollback",
    "/spaces/ada/hello/settings",
    "/spaces/ada/hello/duplicate",
    "/spaces/ada/hello/tree/main",
    "/spaces/ada/hello/blob/main/README.md",
    "/models",
    "/datasets",
    "/new",
    "/new-dataset",
    "/new-space",
    "/settings/account",
    "/settings/tokens",
    "/settings/connected-apps",
    "/oauth/device",
    "/admin",
    "/admin/-/machines",
    "/admin/-/users",
    "/admin/-/audit",
    "/admin/-/storage",
    "/admin/-/errors",
    "/admin/-/settings",
    "/spaces/ada/hello/visits",
    "/no-such-page",
    "/login",
)


@pytest.fixture
def admin(hub: Hub, running_space: Space) -> httpx.Client:
    return hub.browser(hub.user("root", is_admin=True))


def test_no_page_holds_inline_scripts_styles_or_outside_addresses(hub: Hub, admin: httpx.Client) -> None:
    for path in ALL_PAGES:
        page = admin.get(path, follow_redirects=True)
        policy = page.headers["content-security-policy"]

        assert "default-src 'self'" in policy, path
        assert "unsafe" not in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert not re.search(r"<script(?![^>]*\bsrc=)", page.text), path
        assert not re.search(r"\s(style|on\w+)=", page.text), path
        assert "<style" not in page.text, path
        assert not re.findall(r'(?:src|href|action)="(?:https?:)?//(?![\w.-]*localhost)', page.text), path
        assert page.headers["cache-control"] == "no-store", path
        assert re.search(r'<meta name="description" content="[^"]{10,}">', page.text), path


def test_pages_are_packed_where_there_is_no_secret_on_them(hub: Hub, admin: httpx.Client) -> None:
    # A page that tells no time: that of two requests may differ.
    public, own = (browser.get("/docs", headers={"Accept-Encoding": "gzip"}) for browser in (hub.browser(), admin))
    plain = hub.browser().get("/docs", headers={"Accept-Encoding": "identity"})

    assert public.headers["content-encoding"] == "gzip"
    assert public.text == plain.text
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in own.headers
    assert 'name="csrf"' in own.text


def test_static_files_are_kept_for_ever_under_an_address_of_their_contents(hub: Hub) -> None:
    page = hub.browser().get("/").text
    addresses = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)

    assert len(addresses) > 5
    for address in addresses:
        answer = hub.browser().get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]


FORMS = (
    "/spaces/ada/hello/restart",
    "/spaces/ada/hello/stop",
    "/spaces/ada/hello/start",
    "/spaces/ada/hello/rebuild",
    "/spaces/ada/hello/factory-rebuild",
    "/spaces/ada/hello/delete",
    "/new-space",
    "/settings/tokens",
    "/settings/account/password",
    "/organizations/new",
    "/organizations/acme/members",
    "/settings/account/sessions/end-others",
    "/logout",
)


def test_a_form_without_the_sessions_own_token_is_refused(admin: httpx.Client) -> None:
    for path, csrf in product(FORMS, ({}, {"csrf": "guess"}, {"csrf": "ünïcode"})):
        assert admin.post(path, data=csrf).status_code == 403, (path, csrf)


def test_a_form_from_an_apps_origin_is_refused_even_with_the_token(hub: Hub, admin: httpx.Client) -> None:
    origin = f"http://ada-hello.localhost:{hub.services.settings.apps_port}"
    form = {"csrf": csrf_of(admin)}

    for headers in ({"Origin": origin}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "null"}):
        assert admin.post("/spaces/ada/hello/stop", data=form, headers=headers).status_code in (401, 403)
    assert admin.post("/spaces/ada/hello/stop", data=form, headers={"Origin": hub.url}).status_code == 303


def test_signing_in_from_another_origin_is_refused(hub: Hub) -> None:
    hub.user("ada")
    form = {"name": "ada", "password": "correct horse battery"}

    assert hub.browser().post("/login", data=form, headers={"Origin": "http://evil.localhost"}).status_code == 403


def test_the_session_cookie_is_out_of_reach_of_scripts_and_of_apps(hub: Hub) -> None:
    hub.user("ada")
    answer = hub.browser().post("/login", data={"name": "ada", "password": "correct horse battery"})
    cookie = answer.headers["set-cookie"].lower()

    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "domain=" not in cookie


def test_signing_out_ends_the_session_on_the_server(hub: Hub) -> None:
    browser = hub.browser(hub.user("ada"))
    kept = dict(browser.cookies)
    browser.post("/logout", data={"csrf": csrf_of(browser)})
    thief = hub.browser()
    thief.cookies.update(kept)

    assert thief.get("/settings/tokens").headers["location"].startswith("/login")


def test_others_cannot_press_the_owners_buttons(hub: Hub, running_space: Space) -> None:
    eve = hub.browser(hub.user("eve"))

    assert eve.post("/spaces/ada/hello/stop", data={"csrf": csrf_of(eve)}).status_code == 403
    assert eve.get("/spaces/ada/hello/settings").status_code == 403


def test_hostile_card_values_stay_text(hub: Hub) -> None:
    evil = '"><script>alert(1)</script>'
    card = {"title": evil, "emoji": evil, "short_description": evil, "colorFrom": evil, "base_path": "//evil.example"}
    hub.space(hub.user("ada"), "hello", card=card, stage=Stage.RUNNING, stage_reason=evil)
    browser = hub.browser()

    for path in ("/", "/spaces/ada/hello"):
        page = browser.get(path)
        assert "<script>alert" not in page.text
        assert "//evil.example" not in page.text


def test_admin_is_not_there_for_others(hub: Hub) -> None:
    for browser in (hub.browser(), hub.browser(hub.user("ada"))):
        assert browser.get("/admin").status_code == 404
        assert browser.get("/admin/events").status_code == 404
