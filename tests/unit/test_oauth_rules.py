"""Addresses to go back to, proofs, codes, and what scopes let a token do."""

import pytest

from spaceport.domain.access import Action, can
from spaceport.domain.account import AccessToken, Caller, OrgRole, User
from spaceport.domain.oauth import signs_people_in, terms_of_card
from spaceport.domain.oauth_rules import is_challenge, may_redirect, new_user_code, proves, typed_user_code, with_answer
from spaceport.domain.oauth_scopes import ALL_SCOPES, WITHOUT_MEANING, effective, in_order, scopes_in, token_rights
from spaceport.domain.repo import Repo, RepoType
from tests.unit.factories import NOW

HOME = ("https://ada-demo.apps.example.org", "http://127.64.0.1:7701")
#: Source: RFC 7636 appendix B.
VERIFIER, CHALLENGE = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.mark.parametrize(
    "uri",
    [
        "https://ada-demo.apps.example.org/",
        "https://ada-demo.apps.example.org/login/callback?_target_url=%2F%3F",
        "HTTPS://Ada-Demo.apps.example.org/deep/path",
        "http://127.64.0.1:7701/login/callback",
    ],
)
def test_people_are_sent_back_to_the_apps_own_host(uri: str) -> None:
    assert may_redirect(uri, HOME)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "https://ada-demo.apps.example.org",
        "http://ada-demo.apps.example.org/",
        "https://ada-demo.apps.example.org:8443/",
        "https://ada-demo.apps.example.org.evil.test/",
        "https://ada-demo.apps.example.org@evil.test/",
        "https://evil.test/https://ada-demo.apps.example.org/",
        "https://evil.test\\@ada-demo.apps.example.org/",
        "https://evil.test/#https://ada-demo.apps.example.org/",
        "https://ada-demo.apps.example.org/#fragment",
        "https://ada-demo.apps.example.org/ space",
        "https://ada-demo.apps.example.org/\r\nSet-Cookie: x",
        "https://ada-demo.apps.example.org/\u2028",
        "//ada-demo.apps.example.org/",
        "javascript://ada-demo.apps.example.org/%0aalert(1)",
        "https:///ada-demo.apps.example.org/",
        "https://eve-demo.apps.example.org/",
        "https://ada-demo.apps.example.org/" + "x" * 2000,
    ],
)
def test_people_are_sent_nowhere_else(uri: str) -> None:
    assert not may_redirect(uri, HOME)


def test_an_app_without_an_address_sends_nobody_anywhere() -> None:
    assert not may_redirect("https://ada-demo.apps.example.org/", ())


def test_the_answer_goes_behind_the_query_that_is_there() -> None:
    assert with_answer("https://a.test/x", code="1&2", state=None) == "https://a.test/x?code=1%262"
    assert with_answer("https://a.test/x?y=1", code="c", state="s") == "https://a.test/x?y=1&code=c&state=s"


def test_only_the_verifier_of_a_challenge_proves_it() -> None:
    assert is_challenge(CHALLENGE)
    assert proves(VERIFIER, CHALLENGE)
    assert not proves(VERIFIER[:-1] + "x", CHALLENGE)
    assert not proves("", CHALLENGE)
    # The method plain is none: the challenge itself proves nothing.
    assert not proves(CHALLENGE, CHALLENGE)


def test_a_user_code_is_read_however_it_was_typed() -> None:
    code = new_user_code()

    assert typed_user_code(f" {code.lower().replace('-', ' ')} ") == code
    assert typed_user_code(code.replace("-", "")) == code
    assert typed_user_code(code + "X") != code
    assert not set(code) & set("AEIOU01")


def test_scopes_are_read_once_each_and_written_in_one_order() -> None:
    assert scopes_in(" email  openid email ") == ["email", "openid"]
    assert in_order(effective(["email", "read-minds", "inference-api"])) == ["openid", "profile", "email"]
    assert not ALL_SCOPES & WITHOUT_MEANING


def test_to_sign_in_gives_no_right_to_anything() -> None:
    assert token_rights(["openid", "profile", "email"], "ada", ["lab"]) == {}


def test_rights_are_given_in_ones_own_namespace_and_the_chosen_organizations() -> None:
    assert token_rights(["read-repos"], "ada", ["lab"]) == {"ada": ["read"], "lab": ["read"]}
    assert token_rights(["write-repos", "read-repos"], "ada", []) == {"ada": ["read", "write"]}
    assert token_rights(["write-discussions", "gated-repos"], "ada", []) == {"*": ["discussion", "gated"]}


def repo(owner: str, private: bool = False, gated: str = "") -> Repo:
    return Repo("repo", RepoType.MODEL, owner, owner, "demo", private, NOW, NOW, creator_id=owner, gated=gated)


def app_of(scopes: list[str], org_ids: tuple[str, ...] = (), is_admin: bool = False) -> Caller:
    """Ada, who is in two organizations and was let into the gated repo, as an app with these scopes acts for her."""
    rights = token_rights(scopes, "ada", org_ids)
    token = AccessToken("t", "ada", "app", "fineGrained", "", NOW, rights, oauth_session_id="s")
    roles = {"lab": OrgRole.ADMIN, "club": OrgRole.ADMIN}
    return Caller(User("ada", "ada", "", is_admin, NOW), token, roles, frozenset({"repo"}))


@pytest.mark.parametrize("is_admin", [False, True])
def test_an_app_that_only_signs_somebody_in_sees_what_everybody_sees(is_admin: bool) -> None:
    app = app_of(["openid", "profile", "email"], is_admin=is_admin)

    assert can(app, Action.FETCH, repo("eve"))
    for action in Action:
        assert not can(app, action, repo("ada", private=True))
    for action in (Action.WRITE, Action.DISCUSS, Action.REVEAL, Action.LOGS):
        assert not can(app, action, repo("ada"))
    assert not can(app, Action.FETCH, repo("eve", gated="auto"))


def test_an_app_reads_and_writes_where_it_was_let() -> None:
    reader, writer = app_of(["read-repos"], ("lab",)), app_of(["write-repos"])

    assert can(reader, Action.FETCH, repo("ada", private=True))
    assert can(reader, Action.FETCH, repo("lab", private=True))
    assert not can(reader, Action.READ, repo("club", private=True))
    assert not can(reader, Action.WRITE, repo("ada"))
    assert can(writer, Action.WRITE, repo("ada", private=True))
    assert not can(writer, Action.WRITE, repo("lab"))


def test_gated_repos_are_for_apps_that_asked_for_them() -> None:
    app = app_of(["gated-repos"])

    assert can(app, Action.FETCH, repo("eve", gated="auto"))
    assert not can(app, Action.FETCH, repo("ada", private=True, gated="auto"))
    assert not can(app, Action.DISCUSS, repo("eve", gated="auto"))


def test_a_card_says_on_which_terms_people_are_signed_in() -> None:
    plain = terms_of_card({"hf_oauth": True}, HOME)
    full = terms_of_card(
        {
            "hf_oauth_scopes": ["email", "read-repos", "read-minds"],
            "hf_oauth_expiration_minutes": 60,
            "hf_oauth_authorized_org": ["Lab", "club"],
        },
        HOME,
    )

    assert (plain.scopes, plain.token_seconds, plain.org_names) == ({"openid", "profile"}, 480 * 60, frozenset())
    assert full.scopes == {"openid", "profile", "email", "read-repos"}
    assert (full.token_seconds, full.org_names) == (3600, {"lab", "club"})
    assert terms_of_card({"hf_oauth_authorized_org": "lab"}, HOME).org_names == {"lab"}
    assert not signs_people_in({"hf_oauth": "yes"})
