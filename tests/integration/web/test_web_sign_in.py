"""Apps sign people in: the whole way over HTTP, with Authlib as the app."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.jwk import KeySet
from tests.people import PASSWORD

from spaceport.domain.account import OrgRole, User
from spaceport.domain.oauth import COMMAND_LINE_ID
from spaceport.domain.space import Space
from spaceport.identity import create_token
from spaceport.oauth.space_apps import ensure_space_app
from spaceport.organizations import create_organization

from .conftest import Hub, csrf_of, run_hub

SCOPES = "openid profile read-repos"
CARD = {
    "title": "Greeter",
    "emoji": "👋",
    "sdk": "gradio",
    "hf_oauth": True,
    "hf_oauth_scopes": ["email", "read-repos"],
}


POLICY = "content-security-policy"


@pytest.fixture
def ada(hub: Hub) -> User:
    return hub.user("ada")


@pytest.fixture
def space(hub: Hub, ada: User) -> Space:
    """A Space of ada's that signs people in."""
    space = hub.space(ada, "greeter", card=CARD)
    with hub.services.database.begin() as tx:
        ensure_space_app(hub.services, tx, space, CARD)
    return space


@pytest.fixture
def app(hub: Hub, space: Space) -> Iterator[OAuth2Client]:
    """What the Space's app does, by a library of others; insecure transport is for tests and first tries alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
        with app_of(hub, space) as client:
            yield client


def app_of(hub: Hub, space: Space, **options: Any) -> OAuth2Client:
    with hub.services.database.read() as tx:
        row = tx.sign_ins.app_of_space(space.id)
    assert row is not None
    assert row.sealed_secret is not None
    values = {"client_secret": hub.services.sealer.open(row.sealed_secret), "scope": SCOPES, **options}
    return OAuth2Client(row.id, redirect_uri=f"{origin_of(hub, space)}/login/callback", **values)


def origin_of(hub: Hub, space: Space) -> str:
    return f"http://{space.subdomain}.localhost:{hub.services.settings.apps_port}"


def metadata(hub: Hub) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{hub.url}/.well-known/openid-configuration").json()
    return found


def ask(hub: Hub, app: OAuth2Client, **more: str) -> str:
    """Where the app sends a browser."""
    address, _ = app.create_authorization_url(metadata(hub)["authorization_endpoint"], **more)
    return str(address)


def agree(browser: httpx.Client, page: httpx.Response, answer: str = "allow", **more: Any) -> httpx.Response:
    """Press a button of the consent page."""
    assert page.status_code == 200, page.text
    question = re.search(r'name="question" value="([^"]*)"', page.text)
    assert question is not None
    fields = {"csrf": csrf_of(browser), "question": question[1].replace("&amp;", "&"), "answer": answer, **more}
    return browser.post("/oauth/authorize", data=fields)


def answer_in(response: httpx.Response) -> dict[str, str]:
    """What the browser brings back to the app."""
    assert response.status_code == 303, response.text
    return {key: values[0] for key, values in parse_qs(urlsplit(response.headers["location"]).query).items()}


def test_somebody_signs_in_to_a_space(hub: Hub, space: Space, app: OAuth2Client) -> None:
    eve = hub.user("eve")
    browser = hub.browser(eve)
    page = browser.get(ask(hub, app, nonce="once"))
    policy = page.headers["content-security-policy"]

    back = agree(browser, page)
    token = app.fetch_token(metadata(hub)["token_endpoint"], authorization_response=back.headers["location"])

    assert "ada/greeter wants to sign you in" in page.text
    assert "read your repos, private ones too" in page.text
    assert f"form-action 'self' {origin_of(hub, space)}" in policy
    assert back.headers["location"].startswith(f"{origin_of(hub, space)}/login/callback?code=")
    assert (token["token_type"], token["expires_in"]) == ("bearer", 480 * 60)
    assert token["scope"] == SCOPES
    keys = KeySet.import_key_set(httpx.get(metadata(hub)["jwks_uri"]).json())
    claims = jwt.decode(token["id_token"], keys, algorithms=["RS256"]).claims
    assert claims["iss"] == metadata(hub)["issuer"] == hub.services.settings.hub
    assert (claims["aud"], claims["sub"], claims["nonce"]) == (app.client_id, eve.id, "once")
    assert claims["preferred_username"] == "eve"
    assert "email" not in claims
    userinfo = app.get(metadata(hub)["userinfo_endpoint"]).json()
    assert {key: claims[key] for key in userinfo} == userinfo


def test_an_app_proves_itself_by_pkce_alone(hub: Hub, space: Space, app: OAuth2Client) -> None:
    browser, verifier = hub.browser(hub.user("eve")), "v" * 43
    with app_of(hub, space, client_secret=None, code_challenge_method="S256") as public:
        public.token_endpoint_auth_method = "none"
        back = agree(browser, browser.get(ask(hub, public, code_verifier=verifier)))

        token = public.fetch_token(
            metadata(hub)["token_endpoint"],
            authorization_response=back.headers["location"],
            code_verifier=verifier,
        )

    assert token["access_token"].startswith("hf_")


def test_huggingface_js_shows_a_code_and_its_proof_alone(hub: Hub, space: Space, app: OAuth2Client) -> None:
    """Source: huggingface.js, packages/hub/src/lib/oauth-handle-redirect.ts and oauth-login-url.ts."""
    browser, verifier = hub.browser(hub.user("eve")), "v" * 43
    with app_of(hub, space, code_challenge_method="S256") as public:
        question = ask(hub, public, code_verifier=verifier).replace("/authorize?", "/authorize/?")
    form = {"grant_type": "authorization_code", "redirect_uri": f"{origin_of(hub, space)}/login/callback"}
    page, elsewhere = browser.get(question), {"Origin": origin_of(hub, space)}
    unproved = {**form, "code": answer_in(agree(browser, page))["code"]}
    proved = {**unproved, "code": answer_in(browser.get(question))["code"], "code_verifier": verifier}

    refused = httpx.post(f"{hub.url}/oauth/token", data=unproved, headers=elsewhere)
    given = httpx.post(f"{hub.url}/oauth/token", data=proved, headers=elsewhere)
    preflight = httpx.options(
        f"{hub.url}/oauth/userinfo", headers={**elsewhere, "Access-Control-Request-Method": "GET"}
    )

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert given.status_code == 200, given.text
    assert given.headers["access-control-allow-origin"] == "*"
    assert preflight.headers["access-control-allow-headers"].startswith("Authorization")
    assert userinfo_of(hub, given.json()["access_token"])["preferred_username"] == "eve"


def test_consent_is_remembered_until_an_app_asks_for_more(hub: Hub, space: Space, app: OAuth2Client) -> None:
    browser = hub.browser(hub.user("eve"))
    agree(browser, browser.get(ask(hub, app)))

    again = browser.get(ask(hub, app))
    more = browser.get(ask(hub, app, scope=f"{SCOPES} email"))

    assert "code" in answer_in(again)
    assert "Now it asks for more" in more.text
    assert "consent" not in str(browser.get(ask(hub, app)).headers.get("location"))
    assert browser.get(ask(hub, app, prompt="consent")).status_code == 200
    asked = browser.get(ask(hub, app, scope=f"{SCOPES} email", prompt="none"))
    assert answer_in(asked)["error"] == "consent_required"


def test_a_no_is_told_to_the_app(hub: Hub, space: Space, app: OAuth2Client) -> None:
    browser = hub.browser(hub.user("eve"))
    back = answer_in(agree(browser, browser.get(ask(hub, app, state="mine")), answer="refuse"))

    assert (back["error"], back["state"]) == ("access_denied", "mine")
    assert browser.get(ask(hub, app)).status_code == 200


def test_who_is_not_signed_in_signs_in_first(hub: Hub, space: Space, app: OAuth2Client) -> None:
    hub.user("eve")
    browser = hub.browser()
    question = ask(hub, app)
    to_login = browser.get(question)
    next_page = parse_qs(urlsplit(to_login.headers["location"]).query)["next"][0]

    form = {"name": "eve", "password": "correct horse battery", "next": next_page}
    signed_in = browser.post("/login", data=form)
    between = browser.get(signed_in.headers["location"])

    # No redirect: a form, that of signing in, may not lead to another host.
    assert between.status_code == 200
    refresh = re.search(r'content="0; url=([^"]+)"', between.text)
    assert refresh is not None
    assert refresh[1].replace("&amp;", "&") == question.removeprefix(hub.services.settings.hub)
    assert answer_in(browser.get(f"{question}&prompt=none"))["error"] == "consent_required"
    assert answer_in(hub.browser().get(f"{question}&prompt=none"))["error"] == "login_required"


def test_a_wrong_question_is_told_to_the_app(hub: Hub, space: Space, app: OAuth2Client) -> None:
    browser, good = hub.browser(hub.user("eve")), httpx.URL(ask(hub, app))
    wrong: dict[str, dict[str, str]] = {
        "response_type must be code": {"response_type": "token"},
        "write-repos is not among hf_oauth_scopes of ada/greeter": {"scope": "openid write-repos"},
        "code_challenge must be one of the method S256": {"code_challenge": "c" * 43, "code_challenge_method": "plain"},
        "nonce has more than 500 characters": {"nonce": "n" * 501},
    }
    answers = [answer_in(browser.get(str(good.copy_merge_params(change)))) for change in wrong.values()]

    assert [answer["error_description"] for answer in answers] == [*wrong]
    assert [answer["error"] for answer in answers] == [
        *("unsupported_response_type", "invalid_scope", "invalid_request", "invalid_request")
    ]


def test_an_app_in_a_frame_of_ours_signs_people_in_there(hub: Hub, ada: User, space: Space, app: OAuth2Client) -> None:
    """Browsers send no session along when another site leads a frame here; a page of ours leads on once more."""
    in_frame = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"}
    own_tab = hub.browser().get(ask(hub, app), headers=in_frame)
    hub.change(space, private=True)
    between = hub.browser().get(ask(hub, app), headers=in_frame)
    to_login = hub.browser().get(ask(hub, app), headers={**in_frame, "Sec-Fetch-Site": "same-origin"})
    hub.change(space, private=False)
    consent = hub.browser(ada).get(ask(hub, app))
    other = hub.space(ada, "other", card={"sdk": "gradio"})

    # Over http the app's own cookie would not be taken in a frame.
    assert f'href="{origin_of(hub, space)}/" target="_blank"' in own_tab.text
    assert between.status_code == 200
    assert 'http-equiv="refresh" content="0; url=/oauth/authorize?' in between.text
    assert to_login.headers["location"].startswith("/login?next=%2Foauth%2Fcontinue")
    assert "frame-ancestors 'self'" in between.headers[POLICY]
    assert "frame-ancestors 'self'" in consent.headers[POLICY]
    assert "frame-ancestors 'none'" in hub.browser().get("/login").headers[POLICY]
    framed = hub.browser().get(f"/spaces/{space.full_name}").headers[POLICY]
    assert f"frame-src {origin_of(hub, space)} 'self'" in framed
    assert f"frame-src {origin_of(hub, other)};" in hub.browser().get("/spaces/ada/other").headers[POLICY]


def test_behind_tls_people_come_back_over_https_and_a_foreign_frame_gets_a_tab(tmp_path: Path) -> None:
    """Behind a proxy that keeps Host and says X-Forwarded-Proto; browsers refuse an app's cookie in a foreign frame."""
    addresses = {"hub_url": "https://hub.example.org", "apps_domain": "apps.example.net", "apps_public_port": 443}
    headers = {"Host": "hub.example.org", "X-Forwarded-Proto": "https"}
    with run_hub(tmp_path / "data", 1, apps_scheme="https", **addresses) as hub:
        space = hub.space(hub.user("ada"), "greeter", card=CARD)
        with hub.services.database.begin() as tx:
            ensure_space_app(hub.services, tx, space, CARD)
            client_id = tx.sign_ins.app_of_space(space.id).id  # type: ignore[union-attr]
        told = httpx.get(f"{hub.url}/.well-known/openid-configuration", headers=headers).json()
        login = httpx.post(f"{hub.url}/login", data={"name": "ada", "password": PASSWORD}, headers=headers)
        cookie = login.headers["set-cookie"]

        def authorize(scheme: str = "https", **more: str) -> httpx.Response:
            back = f"{scheme}://ada-greeter.apps.example.net/login/callback"
            query = {"client_id": client_id, "response_type": "code", "scope": "openid", "redirect_uri": back}
            signed_in = {**headers, "Cookie": cookie.partition(";")[0], **more}
            return httpx.get(f"{hub.url}/oauth/authorize", params=query, headers=signed_in)

        in_frame = {"Sec-Fetch-Dest": "iframe"}
        same_site = authorize(**in_frame, **{"Sec-Fetch-Site": "same-site"})
        cross_site = authorize(**in_frame, **{"Sec-Fetch-Site": "cross-site"})
        over_http = authorize("http")
        hub.change(space, private=True)
        between = authorize(**in_frame, **{"Sec-Fetch-Site": "cross-site", "Cookie": "none"})

    assert "; Secure" in cookie
    assert told["issuer"] == "https://hub.example.org"
    assert told["authorization_endpoint"] == "https://hub.example.org/oauth/authorize"
    assert 'name="question"' in same_site.text
    assert 'href="https://ada-greeter.apps.example.net/" target="_blank"' in cross_site.text
    assert over_http.status_code == 400
    assert 'came_from=cross-site"' in between.text


def test_nobody_is_sent_to_an_address_that_is_not_the_apps(hub: Hub, space: Space, app: OAuth2Client) -> None:
    browser = hub.browser(hub.user("eve"))
    good = httpx.URL(ask(hub, app))
    for bad in ({"redirect_uri": "https://evil.test/"}, {"client_id": "unknown"}, {"client_id": COMMAND_LINE_ID}):
        page = browser.get(str(good.copy_merge_params(bad)))
        assert page.status_code == 400
        assert "location" not in page.headers

    forged = {"csrf": csrf_of(browser), "answer": "allow", "question": good.query.decode()}
    assert browser.post("/oauth/authorize", data={**forged, "csrf": "guess"}).status_code == 403
    assert browser.post("/oauth/authorize", data=forged, headers={"Origin": "https://evil.test"}).status_code == 403


def test_the_app_of_a_private_space_is_unknown_to_others(hub: Hub, space: Space, app: OAuth2Client) -> None:
    hub.change(space, private=True)
    page = hub.browser(hub.user("eve")).get(ask(hub, app))

    assert page.status_code == 400
    assert "greeter" not in page.text
    assert hub.browser().get(ask(hub, app)).headers["location"].startswith("/login?")


def test_an_app_for_an_organization_is_for_its_members(hub: Hub, ada: User, space: Space, app: OAuth2Client) -> None:
    create_organization(hub.services, "lab", ada, "")
    hub.change(space, card={**CARD, "hf_oauth_authorized_org": "LAB"})

    assert hub.browser(ada).get(ask(hub, app)).status_code == 200
    assert hub.browser(hub.user("eve")).get(ask(hub, app)).status_code == 403


def test_organizations_are_reached_only_where_they_were_ticked(
    hub: Hub, ada: User, space: Space, app: OAuth2Client
) -> None:
    lab, club = (create_organization(hub.services, name, ada, "") for name in ("lab", "club"))
    browser = hub.browser(ada)
    page = browser.get(ask(hub, app, orgIds=lab.id))
    back = agree(browser, page, orgs=[lab.id, "made-up"])
    token = app.fetch_token(metadata(hub)["token_endpoint"], authorization_response=back.headers["location"])

    with hub.services.database.read() as tx:
        (grant,) = tx.sign_ins.grants_of(ada.id)
        (listed,) = [each for each in tx.accounts.readers_tokens(ada.id) if each.oauth_session_id]
    assert re.search(rf'value="{lab.id}" checked', page.text)
    assert f'value="{club.id}" checked' not in page.text
    assert grant.org_ids == [lab.id]
    assert listed.scopes == {ada.id: ["read"], lab.id: ["read"]}
    assert {each["roleInOrg"] for each in userinfo_of(hub, token["access_token"])["orgs"]} == {OrgRole.ADMIN}


def userinfo_of(hub: Hub, token: str) -> dict[str, Any]:
    answer: dict[str, Any] = httpx.get(f"{hub.url}/oauth/userinfo", headers={"Authorization": f"Bearer {token}"}).json()
    return answer


def test_signing_in_alone_opens_nothing_that_is_private(hub: Hub, ada: User, space: Space, app: OAuth2Client) -> None:
    hub.space(ada, "secret-plans", private=True)
    browser = hub.browser(ada)
    back = agree(browser, browser.get(ask(hub, app, scope="openid profile")))
    token = app.fetch_token(metadata(hub)["token_endpoint"], authorization_response=back.headers["location"])
    as_app = httpx.Client(base_url=hub.url, headers={"Authorization": f"Bearer {token['access_token']}"})

    with as_app:
        whoami = as_app.get("/api/whoami-v2").json()
        refused = [
            *("/api/settings/usage", "/api/settings/webhooks", "/api/spaces/ada/secret-plans"),
            *("/api/spaces/ada/secret-plans/tree/main", "/spaces/ada/secret-plans/resolve/main/README.md"),
            *("/api/spaces/ada/greeter/secrets", "/spaces/ada/secret-plans.git/info/refs?service=git-upload-pack"),
        ]
        statuses = {path: as_app.get(path).status_code for path in refused}
        read = [as_app.get(path).text for path in ("/api/spaces?author=ada", "/spaces?author=ada", "/api/collections")]
        pages = [as_app.get(path).status_code for path in ("/settings/tokens", "/settings/connected-apps")]
        made = as_app.post("/api/repos/create", json={"name": "x", "type": "model"}).status_code

    assert whoami["name"] == "ada"
    assert whoami["auth"]["accessToken"]["role"] == "fineGrained"
    assert {path: status for path, status in statuses.items() if status not in (401, 403, 404)} == {}
    assert "secret-plans" not in "".join(read)
    assert pages == [401, 401]
    assert made == 403


def test_connected_apps_are_listed_and_revoked(hub: Hub, space: Space, app: OAuth2Client) -> None:
    browser = hub.browser(hub.user("eve"))
    back = agree(browser, browser.get(ask(hub, app)))
    app.fetch_token(metadata(hub)["token_endpoint"], authorization_response=back.headers["location"])
    listed = browser.get("/settings/connected-apps").text
    path = re.search(r'action="(/settings/connected-apps/\w+/revoke)"', listed)
    assert path is not None

    assert browser.post(path[1], data={"csrf": "guess"}).status_code == 403
    assert app.get(metadata(hub)["userinfo_endpoint"]).status_code == 200
    browser.post(path[1], data={"csrf": csrf_of(browser)})

    assert "ada/greeter" in listed
    assert "You have let no app in yet" in browser.get("/settings/connected-apps").text
    assert app.get(metadata(hub)["userinfo_endpoint"]).status_code == 401


def test_personal_tokens_say_nobody_who_somebody_is(hub: Hub, ada: User) -> None:
    assert "error" in userinfo_of(hub, create_token(hub.services, ada, "laptop"))
