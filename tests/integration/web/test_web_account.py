"""Pages of one's own account: tokens, password, browsers."""

import re

import httpx
from huggingface_hub import HfApi
from tests.integration.web.conftest import Hub, csrf_of
from tests.people import PASSWORD

from spaceport.domain.account import AccessToken, User
from spaceport.identity import create_token
from spaceport.organizations import create_organization


def tokens_of(hub: Hub, user: User) -> list[AccessToken]:
    with hub.services.database.read() as tx:
        return tx.accounts.tokens_of(user.id)


def make_token(browser: httpx.Client, **fields: object) -> httpx.Response:
    return browser.post("/settings/tokens", data={"csrf": csrf_of(browser), "name": "laptop", **fields})


def secret_in(answer: httpx.Response) -> str:
    found = re.search(r"hf_\w{34}", answer.text)
    assert found is not None, answer.text
    return found[0]


def test_tokens_are_shown_once_and_can_be_revoked(hub: Hub) -> None:
    owner = hub.user("ada")
    browser = hub.browser(owner)
    made = browser.post("/settings/tokens", data={"csrf": csrf_of(browser), "name": "laptop", "role": "read"}).text
    secret = re.search(r"hf_\w{34}", made)
    assert secret is not None
    listed = browser.get("/settings/tokens").text
    token_path = re.search(r'action="(/settings/tokens/\w+/revoke)"', listed)
    assert token_path is not None

    browser.post(token_path[1], data={"csrf": csrf_of(browser)})

    assert "laptop" in listed
    assert secret[0] not in listed
    assert "You have no tokens yet" in browser.get("/settings/tokens").text


def test_somebody_elses_token_cannot_be_revoked(hub: Hub) -> None:
    ada, eve = hub.user("ada"), hub.user("eve")
    create_token(hub.services, ada, "laptop")
    with hub.services.database.begin() as tx:
        token = tx.accounts.tokens_of(ada.id)[0]
    browser = hub.browser(eve)

    browser.post(f"/settings/tokens/{token.id}/revoke", data={"csrf": csrf_of(browser)})

    with hub.services.database.begin() as tx:
        assert tx.accounts.tokens_of(ada.id) == [token]


def test_a_token_for_some_repos_does_what_was_chosen_until_it_ends(hub: Hub) -> None:
    ada = hub.user("ada")
    org = create_organization(hub.services, "Acme", ada)
    owner = HfApi(hub.url, create_token(hub.services, ada, "all"))
    for name, kind in (("tiny", "model"), ("tiny", "dataset"), ("Acme/rows", "dataset"), ("other", "model")):
        owner.create_repo(name, repo_type=kind, private=True)
    browser = hub.browser(ada)
    made = make_token(
        browser,
        role="fineGrained",
        reads="model ada/tiny\nacme/*",
        writes="dataset ada/tiny",
        everywhere=["discussion", "gated"],
        days=7,
    )
    api = HfApi(hub.url, secret_in(made))

    api.auth_check("ada/tiny")
    api.auth_check("Acme/rows", repo_type="dataset")
    api.auth_check("ada/tiny", repo_type="dataset", write=True)
    assert not api.repo_exists("ada/other")
    token = tokens_of(hub, ada)[-1]
    assert token.expires_at is not None
    assert (token.expires_at - token.created_at).days in (6, 7)
    assert token.scopes is not None
    assert (set(token.scopes["*"]), set(token.scopes[org.id])) == ({"discussion", "gated"}, {"read"})
    listed = browser.get("/settings/tokens").text
    for place in (
        "model ada/tiny: read",
        "dataset ada/tiny: read and write",
        "Acme/*: read",
        "everywhere: discuss and",
    ):
        assert f">{place}" in listed
    assert "in 7 days" in listed


def test_a_form_that_cannot_be_used_comes_back_as_it_was_sent(hub: Hub) -> None:
    ada, eve = hub.user("ada"), hub.user("eve")
    HfApi(hub.url, create_token(hub.services, eve, "all")).create_repo("secret", private=True)
    owner = HfApi(hub.url, create_token(hub.services, ada, "all"))
    for kind in ("model", "dataset"):
        owner.create_repo("tiny", repo_type=kind)
    browser = hub.browser(ada)
    wrong = {
        "eve/secret": "there is no repo eve/secret",
        "eve/nothing": "there is no repo eve/nothing",
        "eve/*": "neither yours nor",
        "ada/tiny": "write model ada/tiny, dataset ada/tiny",
        "bucket ada/tiny": "write one place a line",
        "": "say which repos",
    }
    answers = {text: make_token(browser, role="fineGrained", reads=text) for text in wrong}
    never = make_token(browser, days=12)
    too_wide = make_token(browser, role="fineGrained", everywhere="write")

    assert [each.status_code for each in (*answers.values(), never, too_wide)] == [400] * 8
    for text, words in wrong.items():
        assert words in answers[text].text
        assert f"{text}</textarea>" in answers[text].text
    assert [each.name for each in tokens_of(hub, ada)] == ["all"]


def sign_outs(browser: httpx.Client) -> list[str]:
    """Where the buttons of other browsers lead."""
    return re.findall(r'action="(/settings/account/sessions/\w+/end)"', browser.get("/settings/account").text)


def is_signed_in(browser: httpx.Client) -> bool:
    return browser.get("/settings/account").status_code == 200


def test_browsers_are_listed_and_signed_out_one_by_one_or_all(hub: Hub) -> None:
    ada, eve = hub.user("ada"), hub.user("eve")
    own, second, third = (hub.browser(ada) for _ in range(3))
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
    named = hub.browser()
    named.post("/login", data={"name": "ada", "password": PASSWORD}, headers={"User-Agent": agent})
    stranger = hub.browser(eve)

    listed = own.get("/settings/account").text
    ways = sign_outs(own)
    assert "Firefox on Linux" in listed
    assert len(ways) == 3
    for way in ways:
        stranger.post(way, data={"csrf": csrf_of(stranger)})
    assert len(sign_outs(own)) == 3
    own.post(ways[0], data={"csrf": csrf_of(own)})
    assert [is_signed_in(each) for each in (second, third, named)].count(True) == 2
    own.post("/settings/account/sessions/end-others", data={"csrf": csrf_of(own)})
    assert [is_signed_in(each) for each in (own, second, third, named)] == [True, False, False, False]


def test_another_password_needs_the_current_one_and_signs_other_browsers_out(hub: Hub) -> None:
    ada = hub.user("ada")
    token = create_token(hub.services, ada, "laptop")
    own, other = hub.browser(ada), hub.browser(ada)

    def change(current: str, password: str) -> httpx.Response:
        fields = {"csrf": csrf_of(own), "current": current, "password": password}
        return own.post("/settings/account/password", data=fields)

    wrong, short = change("guess", "a better one"), change(PASSWORD, "short")
    assert (wrong.status_code, short.status_code) == (403, 400)
    assert is_signed_in(other)
    assert change(PASSWORD, "a better one").status_code == 303
    assert (is_signed_in(own), is_signed_in(other)) == (True, False)
    assert HfApi(hub.url, token).whoami()["name"] == "ada"
    assert hub.browser().post("/login", data={"name": "ada", "password": PASSWORD}).status_code == 401
    assert hub.browser().post("/login", data={"name": "ada", "password": "a better one"}).status_code == 303


def test_an_account_is_no_page_for_tokens(hub: Hub) -> None:
    token = create_token(hub.services, hub.user("ada"), "laptop")

    answer = hub.browser().get("/settings/account", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code in (303, 401)
