"""Who gets into a private Space's app."""

import hashlib

from spaceport.domain.app_access import end_of_shared, is_good, opens, shared, sign_key, signed
from spaceport.domain.route import Route
from spaceport.domain.stage import Stage

KEY = sign_key("secret", "space", 0)
NOW = 1_000_000.0
PRIVATE = Route(
    space_id="space",
    space_name="ada/demo",
    title="Demo",
    hosts=("ada-demo.localhost",),
    stage=Stage.RUNNING,
    private=True,
    token_hashes=frozenset({hashlib.sha256(b"hf_good").hexdigest()}),
    sign_key=KEY,
)


def test_a_public_space_is_open() -> None:
    assert opens(PRIVATE.model_copy(update={"private": False}), [], [], NOW)


def test_a_private_space_is_closed_to_strangers() -> None:
    assert not opens(PRIVATE, [], [], NOW)
    assert not opens(PRIVATE, ["hf_other"], ["", "x", "1.2", "99999999999.é"], NOW)


def test_a_reader_s_token_opens_it() -> None:
    assert opens(PRIVATE, ["hf_good"], [], NOW)


def test_a_signed_link_opens_it_until_it_is_over() -> None:
    ticket = signed(KEY, NOW + 10)

    assert opens(PRIVATE, [], [ticket], NOW)
    assert not opens(PRIVATE, [], [ticket], NOW + 11)


def test_a_link_of_another_space_opens_nothing() -> None:
    assert not opens(PRIVATE, [], [signed(sign_key("secret", "other", 0), NOW + 10)], NOW)


def test_a_route_without_a_key_lets_no_link_in() -> None:
    assert not is_good("", signed("", NOW + 10), NOW)


def test_a_route_travels_as_json() -> None:
    assert Route.model_validate_json(PRIVATE.model_dump_json()) == PRIVATE


def test_links_made_before_a_revocation_open_nothing() -> None:
    revoked = PRIVATE.model_copy(update={"sign_key": sign_key("secret", "space", 1)})

    assert not opens(revoked, [], [signed(KEY, NOW + 10), shared(KEY, NOW + 10)], NOW)


def test_a_shared_link_cannot_be_made_into_a_reader_s() -> None:
    ticket = shared(KEY, NOW + 10)

    assert opens(PRIVATE, [], [ticket], NOW)
    assert not opens(PRIVATE, [], [ticket], NOW + 11)
    assert not opens(PRIVATE, [], [ticket.removeprefix("s")], NOW)
    assert (end_of_shared(ticket), end_of_shared(signed(KEY, NOW))) == (NOW + 10, None)
