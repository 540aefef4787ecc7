"""Passwords, sessions and tokens on a real database."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.requests import Request
from tests.people import PASSWORD

from spaceport import identity
from spaceport.cli import main
from spaceport.domain.account import Caller
from spaceport.errors import AlreadyExists, BadRequest, InvalidName, NotAuthenticated, TooManyAttempts

from .conftest import Hub, make_app, running_hub

SESSION_COOKIE = "spaceport_session"


def request(hub: Hub, method: str = "GET", **headers: str) -> Request:
    raw = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "headers": raw, "app": make_app(hub.services), "state": {}}
    return Request(scope)


def caller(hub: Hub, method: str = "GET", **headers: str) -> Caller:
    return identity.caller_of(request(hub, method, **headers))


def test_a_session_is_known_again_until_it_is_ended(hub: Hub) -> None:
    person = hub.person("ada")
    cookie = identity.sign_in(hub.services, "ADA", PASSWORD)
    header = f"{SESSION_COOKIE}={cookie}"
    before = caller(hub, cookie=header)
    identity.sign_out(hub.services, cookie)

    assert before.user == person.user
    assert caller(hub, cookie=header).user is None


def test_sessions_and_tokens_outlive_the_process(tmp_path: Path) -> None:
    with running_hub(tmp_path) as before:
        person = before.person("ada")
        cookie = identity.sign_in(before.services, "ada", PASSWORD)
    with running_hub(tmp_path) as after:
        header = f"{SESSION_COOKIE}={cookie}"

        assert caller(after, cookie=header).user == person.user
        assert caller(after, authorization=f"Bearer {person.token}").user == person.user


def test_another_password_by_command_signs_all_browsers_out(hub: Hub) -> None:
    hub.person("ada")
    header = f"{SESSION_COOKIE}={identity.sign_in(hub.services, 'ada', PASSWORD)}"
    environment = {"SPACEPORT_DATA_DIR": str(hub.services.settings.data_dir)}
    done = CliRunner().invoke(main, ["user", "password", "ada", "--password", "another one"], env=environment)

    assert done.exit_code == 0, done.output
    assert caller(hub, cookie=header).user is None
    assert identity.sign_in(hub.services, "ada", "another one")


@pytest.mark.parametrize("name", ["ada", "nobody"])
def test_wrong_passwords_and_wrong_names_read_the_same(hub: Hub, name: str) -> None:
    hub.person("ada")
    with pytest.raises(NotAuthenticated, match=r"Wrong user name or password\."):
        identity.sign_in(hub.services, name, "wrong password", address=f"test {name}")


def test_guessing_is_slowed_down(hub: Hub) -> None:
    hub.person("ada")
    for _ in range(10):
        with pytest.raises(NotAuthenticated):
            identity.sign_in(hub.services, "ada", "wrong password", address="192.0.2.1")

    with pytest.raises(TooManyAttempts):
        identity.sign_in(hub.services, "ada", PASSWORD, address="192.0.2.1")
    assert identity.sign_in(hub.services, "ada", PASSWORD, address="192.0.2.2")


def test_trying_one_password_with_many_names_is_slowed_down(hub: Hub) -> None:
    """From all addresses of one network together; hashing is left out, so that refusing costs no processor."""
    hub.person("ada")
    addresses = [f"2001:db8:0:1::{number:x}" for number in range(identity.MAX_FAILURES_OF_NETWORK)]
    for number, address in enumerate(addresses):
        identity.note_failure(f"name-{number}", address, hub.services.clock.now())

    with pytest.raises(TooManyAttempts):
        identity.sign_in(hub.services, "ada", PASSWORD, address="2001:db8:0:1::ffff")
    assert identity.sign_in(hub.services, "ada", PASSWORD, address="2001:db8:0:2::1")


def test_a_page_of_a_space_cannot_act_with_the_cookie(hub: Hub) -> None:
    """Spaces are on hosts below the hub's, which SameSite does not keep out."""
    person = hub.person("ada")
    cookie = f"{SESSION_COOKIE}={identity.sign_in(hub.services, 'ada', PASSWORD)}"
    own, foreign = "http://localhost:7700", "http://ada-demo.localhost:7701"

    assert caller(hub, "POST", cookie=cookie, host="localhost:7700", origin=own).user == person.user
    assert caller(hub, "POST", cookie=cookie, host="localhost:7700", origin=foreign).user is None
    assert caller(hub, "POST", cookie=cookie, host="localhost:7700", sec_fetch_site="same-site").user is None


def test_tokens_work_as_bearer_and_as_basic_password(hub: Hub) -> None:
    person = hub.person("ada")

    assert caller(hub, authorization=f"Bearer {person.token}").user == person.user
    assert caller(hub, authorization=f"bearer {person.read_token}").may_write_anything is False
    assert caller(hub).user is None


@pytest.mark.parametrize("header", ["Bearer hf_nothing", "Bearer", "Basic !!!", "Digest x", f"Basic {PASSWORD}"])
def test_bad_credentials_are_refused_with_the_words_clients_know(hub: Hub, header: str) -> None:
    with pytest.raises(NotAuthenticated, match=r"^Invalid credentials in Authorization header$"):
        caller(hub, authorization=header)


def test_no_secret_is_kept_in_the_database(hub: Hub) -> None:
    """Of a password there is a hash that takes its time: what users of other tests have is a quick one."""
    user = identity.create_user(hub.services, "ada", PASSWORD)
    token = identity.create_token(hub.services, user, "laptop")
    cookie = identity.sign_in(hub.services, "ada", PASSWORD)
    kept = b"".join(path.read_bytes() for path in hub.services.settings.data_dir.glob("spaceport.sqlite3*"))

    assert user.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert [secret for secret in (token, cookie, PASSWORD) if secret.encode() in kept] == []


def test_names_and_passwords_follow_rules(hub: Hub) -> None:
    hub.person("ada")
    with pytest.raises(AlreadyExists):
        identity.create_user(hub.services, "Ada", PASSWORD)
    with pytest.raises(InvalidName):
        identity.create_user(hub.services, "spaces", PASSWORD)
    with pytest.raises(BadRequest, match="8 to"):
        identity.create_user(hub.services, "bob", "short")
    with pytest.raises(BadRequest, match="read, write"):
        identity.create_token(hub.services, hub.person("ada").user, "t", "root")
