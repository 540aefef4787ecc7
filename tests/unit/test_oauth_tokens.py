"""Codes, refresh tokens and devices: each secret is good once, and for its time."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from spaceport.domain.account import AccessToken
from spaceport.domain.oauth import CODE_SECONDS, COMMAND_LINE_ID, DEVICE_SECONDS, REFRESH_SECONDS
from spaceport.errors import NotAuthenticated, NotFound, OAuthError, TooManyAttempts
from spaceport.identity import caller_from_header, hash_secret
from spaceport.oauth.apps import KnownApp, find_app
from spaceport.oauth.consent import agree, read_ask
from spaceport.oauth.devices import MAX_PER_ADDRESS, DeviceStart, answer_device, redeem_device, start_device
from spaceport.oauth.space_apps import ensure_space_app, renew_space_app
from spaceport.oauth.tokens import Issued, exchange_code, refresh
from tests.unit.services import Bench, TickingClock, make_bench
from tests.unit.test_oauth_rules import CHALLENGE, VERIFIER

CARD = {"sdk": "gradio", "hf_oauth": True, "hf_oauth_scopes": ["email", "read-repos"]}
BACK = "http://ada-demo.localhost:7701/login/callback"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Ada's Space signs people in."""
    made = make_bench(tmp_path, card=CARD)
    with made.services.database.begin() as tx:
        ensure_space_app(made.services, tx, made.space, CARD)
    return made


def app_of(bench: Bench) -> KnownApp:
    with bench.services.database.read() as tx:
        app = tx.sign_ins.app_of_space("space")
        assert app is not None
        return find_app(tx, bench.services.settings, app.id)


def secret_of(bench: Bench) -> str:
    sealed = app_of(bench).app.sealed_secret
    assert sealed is not None
    return bench.services.sealer.open(sealed)


def code_of(bench: Bench, **more: str) -> str:
    """What eve's browser brings to the app after she agreed."""
    given = {"client_id": app_of(bench).app.id, "redirect_uri": BACK, "response_type": "code", **more}
    with bench.services.database.read() as tx:
        ask = read_ask(tx, bench.services, {key: [value] for key, value in given.items()}, bench.stranger)
    assert bench.stranger.user is not None
    return agree(bench.services, bench.stranger.user, ask, [])


def exchange(bench: Bench, code: str, secret: str | None = None, **more: str) -> Issued:
    form: Mapping[str, str] = {"code": code, "redirect_uri": BACK, **more}
    return exchange_code(bench.services, app_of(bench), form, secret)


def wait(bench: Bench, seconds: float) -> None:
    assert isinstance(bench.services.clock, TickingClock)
    bench.services.clock.pass_by(seconds)


def token_of(bench: Bench, issued: Issued) -> AccessToken:
    with bench.services.database.read() as tx:
        token = tx.accounts.token_by_hash(hash_secret(issued.access_token))
    assert token is not None
    return token


def is_accepted(bench: Bench, issued: Issued) -> bool:
    try:
        return caller_from_header(bench.services, f"Bearer {issued.access_token}").user is not None
    except NotAuthenticated:
        return False


def test_a_code_and_the_secret_become_a_token_of_the_agreed_scopes(bench: Bench) -> None:
    issued = exchange(bench, code_of(bench, scope="openid read-repos", nonce="n"), secret_of(bench))

    token = token_of(bench, issued)
    assert (token.role, token.scopes) == ("fineGrained", {"eve": ["read"]})
    assert (issued.scopes, issued.nonce) == (["openid", "profile", "read-repos"], "n")
    assert issued.refresh_token is None


def test_a_code_is_good_once_and_takes_back_what_it_gave(bench: Bench) -> None:
    code = code_of(bench)
    issued = exchange(bench, code, secret_of(bench))

    with pytest.raises(OAuthError, match="used or over"):
        exchange(bench, code, secret_of(bench))

    assert not is_accepted(bench, issued)


def test_a_code_is_over_soon(bench: Bench) -> None:
    code = code_of(bench)
    wait(bench, CODE_SECONDS)

    with pytest.raises(OAuthError, match="used or over"):
        exchange(bench, code, secret_of(bench))


def test_a_code_is_for_the_address_it_was_sent_to(bench: Bench) -> None:
    with pytest.raises(OAuthError, match="used or over"):
        exchange(bench, code_of(bench), secret_of(bench), redirect_uri=f"{BACK}/other")


def test_a_code_without_secret_or_proof_is_worth_nothing(bench: Bench) -> None:
    code = code_of(bench)

    with pytest.raises(OAuthError, match="show client_secret"):
        exchange(bench, code)
    with pytest.raises(OAuthError, match="wrong client_secret"):
        exchange(bench, code, "guess")
    # Proof of a challenge that was never given, as if somebody had taken it out of the question.
    with pytest.raises(OAuthError, match="begin with code_challenge"):
        exchange(bench, code, code_verifier=VERIFIER)


def test_a_public_client_shows_the_proof_of_its_challenge(bench: Bench) -> None:
    challenge = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    code = code_of(bench, **challenge)

    with pytest.raises(OAuthError, match="does not belong"):
        exchange(bench, code, code_verifier="x" * 43)
    with pytest.raises(OAuthError, match="does not belong"):
        exchange(bench, code, secret_of(bench))
    assert is_accepted(bench, exchange(bench, code, code_verifier=VERIFIER))


def test_a_token_ends_when_the_card_says(bench: Bench) -> None:
    bench.update(card={**CARD, "hf_oauth_expiration_minutes": 5})
    issued = exchange(bench, code_of(bench), secret_of(bench))
    assert is_accepted(bench, issued)

    wait(bench, 300)

    assert issued.expires_in == 300
    assert not is_accepted(bench, issued)


def test_a_revoked_app_is_signed_out_at_once(bench: Bench) -> None:
    issued, code = exchange(bench, code_of(bench), secret_of(bench)), code_of(bench)
    with bench.services.database.begin() as tx:
        (grant,) = tx.sign_ins.grants_of("eve")
        tx.sign_ins.remove_grant("user", grant.id)
    assert is_accepted(bench, issued)

    with bench.services.database.begin() as tx:
        tx.sign_ins.remove_grant("eve", grant.id)

    assert not is_accepted(bench, issued)
    with pytest.raises(OAuthError, match="used or over"):
        exchange(bench, code, secret_of(bench))


def test_a_new_name_of_the_space_means_a_new_secret(bench: Bench) -> None:
    old = secret_of(bench)
    with bench.services.database.begin() as tx:
        renew_space_app(bench.services, tx, bench.space)

    with pytest.raises(OAuthError, match="wrong client_secret"):
        exchange(bench, code_of(bench), old)
    assert secret_of(bench) != old


def test_a_removed_space_signs_nobody_in_and_its_tokens_end(bench: Bench) -> None:
    issued = exchange(bench, code_of(bench), secret_of(bench))
    with bench.services.database.begin() as tx:
        tx.spaces.remove("space")

    assert not is_accepted(bench, issued)


@pytest.mark.parametrize("card", [{"sdk": "gradio"}, {"sdk": "gradio", "hf_oauth": False}])
def test_a_card_that_asks_no_more_signs_nobody_in(bench: Bench, card: dict[str, object]) -> None:
    bench.update(card=card)

    with pytest.raises(OAuthError, match="hf_oauth: true"):
        app_of(bench)


def signed_in_device(bench: Bench, scope: str = "") -> tuple[DeviceStart, Issued]:
    start = start_device(bench.services, COMMAND_LINE_ID, scope, "10.0.0.1")
    assert bench.stranger.user is not None
    answer_device(bench.services, bench.stranger.user, start.device.user_code, is_allowed=True)
    return start, redeem_device(bench.services, command_line(bench), start.device_code)


def command_line(bench: Bench) -> KnownApp:
    with bench.services.database.read() as tx:
        return find_app(tx, bench.services.settings, COMMAND_LINE_ID)


def code_of_error(bench: Bench, device_code: str) -> str:
    with pytest.raises(OAuthError) as raised:
        redeem_device(bench.services, command_line(bench), device_code)
    return raised.value.code


def test_the_command_line_acts_as_a_token_that_writes(bench: Bench) -> None:
    _, issued = signed_in_device(bench)

    token = token_of(bench, issued)
    assert (token.role, token.scopes, token.name) == ("write", None, "hf command line")
    assert issued.refresh_token


def test_a_device_with_fewer_scopes_may_less(bench: Bench) -> None:
    _, issued = signed_in_device(bench, "openid read-repos")

    assert token_of(bench, issued).scopes == {"eve": ["read"]}


def test_a_device_waits_for_an_answer_and_gets_one_token(bench: Bench) -> None:
    start = start_device(bench.services, COMMAND_LINE_ID, "", "10.0.0.1")
    assert bench.stranger.user is not None
    assert code_of_error(bench, start.device_code) == "authorization_pending"
    answer_device(bench.services, bench.stranger.user, start.device.user_code.lower(), is_allowed=True)

    assert is_accepted(bench, redeem_device(bench.services, command_line(bench), start.device_code))
    assert code_of_error(bench, start.device_code) == "invalid_grant"


def test_a_device_that_asks_too_often_is_told(bench: Bench) -> None:
    start = start_device(bench.services, COMMAND_LINE_ID, "", "10.0.0.1")
    with bench.services.database.begin() as tx:
        tx.sign_ins.update_device(start.device.id, interval_seconds=60)

    assert code_of_error(bench, start.device_code) == "authorization_pending"
    assert code_of_error(bench, start.device_code) == "slow_down"
    wait(bench, 100)
    assert code_of_error(bench, start.device_code) == "authorization_pending"


def test_a_device_hears_a_no_and_the_end_of_its_time(bench: Bench) -> None:
    refused = start_device(bench.services, COMMAND_LINE_ID, "", "10.0.0.1")
    late = start_device(bench.services, COMMAND_LINE_ID, "", "10.0.0.1")
    assert bench.stranger.user is not None
    answer_device(bench.services, bench.stranger.user, refused.device.user_code, is_allowed=False)

    assert code_of_error(bench, refused.device_code) == "access_denied"
    wait(bench, DEVICE_SECONDS)
    assert code_of_error(bench, late.device_code) == "expired_token"
    with pytest.raises(NotFound):
        answer_device(bench.services, bench.stranger.user, late.device.user_code, is_allowed=True)


def test_codes_for_one_address_are_few_and_come_back_with_time(bench: Bench) -> None:
    for _ in range(MAX_PER_ADDRESS):
        start_device(bench.services, COMMAND_LINE_ID, "", "10.0.0.1")

    with pytest.raises(TooManyAttempts):
        start_device(bench.services, COMMAND_LINE_ID, "", "10.0.0.1")
    start_device(bench.services, COMMAND_LINE_ID, "", "10.0.0.2")
    wait(bench, DEVICE_SECONDS)
    start_device(bench.services, COMMAND_LINE_ID, "", "10.0.0.1")


def test_a_space_or_a_stranger_has_no_devices(bench: Bench) -> None:
    for client_id in (app_of(bench).app.id, "unknown", ""):
        with pytest.raises(OAuthError):
            start_device(bench.services, client_id, "", "10.0.0.1")


def test_a_refresh_token_is_good_once(bench: Bench) -> None:
    _, first = signed_in_device(bench)
    second = refresh(bench.services, command_line(bench), first.refresh_token or "", None)
    assert second.refresh_token not in (None, first.refresh_token)

    # Two processes of one machine may be as quick as each other.
    with pytest.raises(OAuthError, match="sign in again"):
        refresh(bench.services, command_line(bench), first.refresh_token or "", None)
    assert is_accepted(bench, second)

    wait(bench, 120)
    with pytest.raises(OAuthError, match="sign in again"):
        refresh(bench.services, command_line(bench), first.refresh_token or "", None)
    assert not is_accepted(bench, second)


def test_a_refresh_token_is_for_its_app_and_its_time(bench: Bench) -> None:
    _, issued = signed_in_device(bench)

    with pytest.raises(OAuthError, match="sign in again"):
        refresh(bench.services, app_of(bench), issued.refresh_token or "", None)
    wait(bench, REFRESH_SECONDS)
    with pytest.raises(OAuthError, match="sign in again"):
        refresh(bench.services, command_line(bench), issued.refresh_token or "", None)
