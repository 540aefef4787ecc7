"""When a token was last used: to the hour, so that reading does not write."""

from datetime import timedelta
from pathlib import Path

from spaceport.domain.account import AccessToken
from spaceport.identity import caller_from_header, create_token
from tests.unit.services import Bench, TickingClock, make_bench


def token_of(bench: Bench) -> AccessToken:
    assert bench.stranger.user is not None
    with bench.services.database.read() as tx:
        (token,) = tx.accounts.tokens_of(bench.stranger.user.id)
    return token


def test_the_use_of_a_token_is_noted_once_an_hour(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    assert bench.stranger.user is not None
    header = f"Bearer {create_token(bench.services, bench.stranger.user, 'laptop')}"
    assert token_of(bench).last_used_at is None

    caller_from_header(bench.services, header)
    first = token_of(bench).last_used_at
    assert first is not None
    caller_from_header(bench.services, header)
    assert token_of(bench).last_used_at == first

    clock = bench.services.clock
    assert isinstance(clock, TickingClock)
    clock.pass_by(3600)
    caller_from_header(bench.services, header)
    assert (token_of(bench).last_used_at or first) >= first + timedelta(hours=1)
