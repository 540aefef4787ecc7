"""Visits: what is counted under which name, how it becomes rows, and that nobody can be found again in it."""

from collections import Counter
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path

import pytest

from spaceport.domain.instance import Instance, Role
from spaceport.domain.space import Rest
from spaceport.domain.visit import (
    BUCKETS,
    MOST_ENDPOINTS,
    OTHERS,
    TOTAL,
    Calls,
    VisitDay,
    WakeUp,
    bucket_of,
    day_of,
    endpoint_of,
    merged,
    quantile_ms,
    read_counts,
)
from spaceport.gateway.headers import Peer, visitor_address
from spaceport.gateway.visits import Visits, salted
from spaceport.gateway.wire import RequestHead, read_request
from spaceport.measure_stores import VisitBatch
from spaceport.rollout.visits import VisitStep
from tests.unit.factories import NOW
from tests.unit.services import TickingClock, make_bench

DAY = day_of(NOW)


def make_head(path: bytes = b"/", agent: bytes = b"Mozilla/5.0", *more: tuple[bytes, bytes]) -> RequestHead:
    return read_request(b"GET", path, "1.1", True, [(b"Host", b"a.localhost"), (b"User-Agent", agent), *more])


def buckets_of(**counts: int) -> tuple[int, ...]:
    return tuple(counts.get(f"b{place}", 0) for place in range(BUCKETS))


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/", "/"),
        ("POST", "/gradio_api/call/greet", "/greet"),
        ("GET", "/gradio_api/call/greet/3f2a", "/greet"),
        ("POST", "/gradio_api/call/v2/greet", "/greet"),
        ("POST", "/run/predict", "/predict"),
        ("POST", "/api/predict/", "/predict"),
        ("POST", "/gradio_api/queue/join", "queue"),
        ("POST", "/queue/join", "queue"),
        ("GET", "/gradio_api/queue/data", "/gradio_api/queue/data"),
        ("GET", "/assets/index-abc.js", "files"),
        ("GET", "/gradio_api/file=/tmp/x/picture.png", "files"),
        ("GET", "/style.css", "files"),
        ("POST", "/v1/chat/completions", "POST /v1/chat/completions"),
        ("GET", "/users/12345/posts", "/users/*/posts"),
        ("GET", "/items/0f8fad5b-d9cb-469f-a165-70867728950e", "/items/*"),
        ("GET", "/a/b/c/d/e", "/a/b/c"),
        ("GET", "/x|y", "/x*y"),
    ],
)
def test_requests_are_counted_under_the_name_of_their_endpoint(method: str, path: str, expected: str) -> None:
    assert endpoint_of(method, path) == expected


def test_quantiles_lie_between_the_edges_of_their_bucket() -> None:
    assert quantile_ms(buckets_of(), 0.95) is None
    assert quantile_ms(buckets_of(b0=100), 0.5) == 2.5
    assert quantile_ms(buckets_of(b0=90, b4=10), 0.95) == 75.0
    assert quantile_ms(buckets_of(**{f"b{BUCKETS - 1}": 1}), 0.5) == 60_000
    assert [bucket_of(value) for value in (0, 5, 5.1, 10**9)] == [0, 0, 1, BUCKETS - 1]


def test_what_the_gateway_counts_comes_back_from_its_fields() -> None:
    visits = Visits(NOW.timestamp)
    visits.answered("s", make_head(b"/gradio_api/call/greet"), 0.2, is_error=False)
    visits.answered("s", make_head(b"/gradio_api/call/greet"), 2.0, is_error=True)
    fields = {name: str(count) for name, count in visits.take().numbers.items()}

    found = {each.endpoint: each for each in read_counts(fields | {"nonsense": "1", "s|d|e|calls": "x"})}
    assert set(found) == {"/greet", TOTAL}
    assert found["/greet"] == Calls("s", DAY, "/greet", 2, 1, buckets_of(b5=1, b8=1))
    assert visits.take().numbers == Counter()


def test_what_could_not_be_told_is_told_with_the_next() -> None:
    visits = Visits(NOW.timestamp)
    visits.answered("s", make_head(), 0.0, is_error=False)
    visits.visitor("s", make_head(), Peer(b"192.0.2.1"))
    lost = visits.take()
    visits.answered("s", make_head(), 0.0, is_error=False)
    visits.give_back(lost)

    counted = visits.take()
    assert counted.numbers[f"s|{DAY}|/|calls"] == 2
    assert len(counted.visitors[DAY, "s"]) == 1


def test_endpoints_of_a_space_are_bounded_whatever_somebody_asks_for() -> None:
    visits = Visits(NOW.timestamp)
    for number in range(10 * MOST_ENDPOINTS):
        visits.answered("s", make_head(f"/page-{number}".encode()), 0.0, is_error=False)

    found = read_counts({name: str(count) for name, count in visits.take().numbers.items()})
    assert len(found) == MOST_ENDPOINTS + 2
    assert next(each.calls for each in found if each.endpoint == OTHERS) == 9 * MOST_ENDPOINTS
    assert next(each.calls for each in found if each.endpoint == TOTAL) == 10 * MOST_ENDPOINTS


def test_a_visitor_is_an_address_with_a_browser_and_told_once_a_day() -> None:
    now = NOW.timestamp()
    visits = Visits(lambda: now)
    for agent, address in ((b"a", b"1"), (b"a", b"1"), (b"b", b"1"), (b"a", b"2")):
        visits.visitor("s", make_head(b"/", agent), Peer(address))
    assert len(visits.take().visitors[DAY, "s"]) == 3
    visits.visitor("s", make_head(b"/", b"a"), Peer(b"1"))
    assert visits.take().visitors == {}

    now += 86_400
    visits.visitor("s", make_head(b"/", b"a"), Peer(b"1"))
    assert len(visits.take().visitors) == 1


def test_the_address_is_what_a_trusted_proxy_saw_and_no_other() -> None:
    forwarded = (b"X-Forwarded-For", b"203.0.113.9, 192.0.2.1")
    head = make_head(b"/", b"a", forwarded)

    assert visitor_address(head.headers, Peer(b"10.0.0.1", is_trusted=True)) == b"192.0.2.1"
    assert visitor_address(head.headers, Peer(b"10.0.0.1")) == b"10.0.0.1"


def test_a_mark_tells_nothing_without_the_salt_of_its_day() -> None:
    assert salted(b"mark", b"one day") != salted(b"mark", b"another day")
    assert b"mark" not in salted(b"mark", b"one day")


class Counters:
    """What gateways counted, and how often it was forgotten."""

    def __init__(self, *calls: Calls) -> None:
        self.batch: VisitBatch | None = VisitBatch(7, calls)
        self.forgotten = 0

    def take(self) -> VisitBatch | None:
        return self.batch

    def forget(self) -> None:
        self.forgotten += 1

    def visitors(self, day: str, space_ids: Collection[str]) -> dict[str, int]:
        return dict.fromkeys(space_ids, 3)


def test_a_batch_becomes_rows_once_whoever_is_killed(tmp_path: Path) -> None:
    database = make_bench(tmp_path).services.database
    calls = Calls("space", DAY, "/greet", 4, 1, buckets_of(b2=4))
    counters = Counters(calls, Calls("gone", DAY, "/greet", 9, 0, buckets_of(b0=9)))
    # Killed before it could be forgotten: the same batch comes again.
    for _ in range(2):
        VisitStep(database, counters, TickingClock()).take()
    with database.read() as tx:
        assert tx.visits.calls_of("space", DAY) == [calls]
        assert tx.visits.days_of("space", DAY) == [VisitDay("space", DAY, visitors=3)]

    counters.batch = VisitBatch(8, (calls,))
    VisitStep(database, counters, TickingClock()).take()
    with database.read() as tx:
        assert tx.visits.calls_of("space", DAY) == [Calls("space", DAY, "/greet", 8, 2, buckets_of(b2=8))]
    assert counters.forgotten == 3


def test_minutes_are_counted_while_an_app_is_up_and_awake(tmp_path: Path) -> None:
    bench, clock, counters = make_bench(tmp_path), TickingClock(), Counters()
    counters.batch = None
    release = bench.release(1)
    with bench.services.database.begin() as tx:
        tx.instances.add(Instance("i", "space", release.id, "local", 1, NOW, role=Role.LIVE))
    step = VisitStep(bench.services.database, counters, clock)
    for _ in range(2):
        clock.pass_by(60)
        step.take()
    step.take()
    bench.update(rest=Rest.FROZEN)
    clock.pass_by(60)
    step.take()

    with bench.services.database.read() as tx:
        assert [day.awake_minutes for day in tx.visits.days_of("space", DAY)] == [2]


def test_wakes_are_kept_with_their_times_and_summed_by_day(tmp_path: Path) -> None:
    database = make_bench(tmp_path).services.database
    with database.begin() as tx:
        tx.visits.add_wake(WakeUp("one", "space", NOW, 0.5, True))
        tx.visits.add_wake(WakeUp("two", "space", NOW + timedelta(seconds=1), 2.5, False))
        tx.visits.add_wake(WakeUp("old", "space", NOW - timedelta(days=500), 1.0, False))
        tx.visits.trim(NOW - timedelta(days=400))

        assert [wake.id for wake in tx.visits.wakes(10)] == ["two", "one"]
        assert tx.visits.wakes(10, "other") == []
        assert tx.visits.days_of("space", "2000-01-01") == [VisitDay("space", DAY, 0, 0, 2, 3.0)]


def test_rows_of_several_days_are_summed() -> None:
    several = [Calls("s", "1", "/a", 1, 1, buckets_of(b1=1)), Calls("s", "2", "/a", 2, 0, buckets_of(b1=2))]

    assert merged(several, "/a") == Calls("", "", "/a", 3, 1, buckets_of(b1=3))
