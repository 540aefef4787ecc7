"""The routing table, what a full read of Redis changes, the copy on disk, and who answers."""

from pathlib import Path
from typing import Any

import pytest

from spaceport.domain.route import Route, Upstream
from spaceport.domain.stage import Stage
from spaceport.errors import SettingsError
from spaceport.gateway.choice import Forward, ServeFiles, TellHealth, TellStage, TellUnknown, choose
from spaceport.gateway.feed import Known, merge
from spaceport.gateway.routes_file import load_routes, save_routes
from spaceport.gateway.settings import GatewaySettings
from spaceport.gateway.table import RoutingTable, loopback_addresses
from spaceport.gateway.wire import read_request

UPSTREAM = Upstream(instance_id="i", host="127.0.0.1", port=1)


def route(space_id: str = "s", version: int = 1, **values: Any) -> Route:
    defaults = {"space_name": "a/b", "title": "", "hosts": (f"{space_id}.localhost",), "stage": Stage.RUNNING}
    return Route(space_id=space_id, version=version, **{**defaults, **values})


def known(*routes: Route, version: int = 0, counter: int = 0, refill_until: float | None = None) -> Known:
    return Known({one.space_id: one for one in routes}, version, counter, refill_until)


def test_a_newer_route_replaces_the_older_and_its_hosts() -> None:
    table = RoutingTable()
    table.change([route(version=1, hosts=("old.localhost", "both.localhost"))])
    table.change([route(version=2, hosts=("new.localhost", "both.localhost"))])

    assert table.find("old.localhost") is None
    assert table.find("new.localhost") == table.find("both.localhost")
    assert table.version == 2


def test_a_stale_route_is_ignored() -> None:
    table = RoutingTable()
    table.change([route(version=5, stage=Stage.PAUSED)])
    table.change([route(version=4)])

    found = table.find("s.localhost")
    assert found is not None
    assert found.stage is Stage.PAUSED
    assert table.version == 5


def test_a_host_claimed_twice_belongs_to_the_later_route() -> None:
    table = RoutingTable()
    table.change([route("one", 2, hosts=("x.localhost",))])
    table.change([route("two", 1, hosts=("x.localhost",))])

    found = table.find("x.localhost")
    assert found is not None
    assert found.space_id == "one"


def test_changes_are_told_and_nothing_else_is() -> None:
    changes: list[int] = []
    table = RoutingTable(lambda: changes.append(1))
    table.change([route()])
    table.replace([route()], 1)
    table.change(removed=["nobody"])
    assert len(changes) == 1

    table.change(removed=["s"])
    assert len(changes) == 2


def test_loopback_addresses_are_those_of_ipv4() -> None:
    routes = [route(hosts=("a.localhost", "127.3.2.1", "10.0.0.1", "127.evil", "::1"))]

    assert loopback_addresses(routes) == {"127.3.2.1"}


def test_what_redis_holds_replaces_what_was_known() -> None:
    after = merge(known(route("gone"), version=3, counter=3), {"new": route("new", 4)}, counter=4, now=0)

    assert set(after.routes) == {"new"}
    assert after.version == 4


def test_a_removal_counts_as_seen_one_read_later() -> None:
    """The counter may be raised before the route is written, so only an older counter is a promise."""
    first = merge(known(route(version=1), version=1, counter=1), {"s": route(version=1)}, counter=2, now=0)
    second = merge(first, {"s": route(version=1)}, counter=2, now=5)

    assert (first.version, second.version) == (1, 2)


def test_a_redis_that_lost_its_data_takes_no_route_away_until_it_is_refilled() -> None:
    before = known(route("kept", 7), route("again", 8), version=8, counter=8)
    during = merge(before, {"again": route("again", 1)}, counter=1, now=100)
    later = merge(during, {"again": route("again", 1)}, counter=1, now=120)
    after = merge(later, {"again": route("again", 1)}, counter=1, now=1000)

    assert set(during.routes) == set(later.routes) == {"kept", "again"}
    assert during.routes["kept"].version == 0
    assert during.version == 1
    assert set(after.routes) == {"again"}


def test_a_redis_that_stays_empty_takes_nothing_away() -> None:
    during = merge(known(route("kept", 7), version=7, counter=7), {}, counter=0, now=0)
    after = merge(during, {}, counter=0, now=10_000)

    assert set(after.routes) == {"kept"}


def test_the_copy_on_disk_holds_the_routes(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "routes.json"
    save_routes(path, [route(upstream=UPSTREAM)], 7)

    assert load_routes(path) == ([route(upstream=UPSTREAM)], 7)
    assert [file.name for file in path.parent.iterdir()] == ["routes.json"]


def test_no_copy_is_an_empty_copy(tmp_path: Path) -> None:
    assert load_routes(tmp_path / "routes.json") == ([], 0)


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"version": 1, "routes": [{}]}'])
def test_a_damaged_copy_is_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "routes.json"
    path.write_text(content)

    with pytest.raises(ValueError, match="does not hold routes"):
        load_routes(path)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (None, TellUnknown),
        (route(stage=Stage.PAUSED), TellStage),
        (route(upstream=UPSTREAM), Forward),
        (route(static_root="/srv"), ServeFiles),
        (route(upstream=UPSTREAM, stage=Stage.RUNNING_BUILDING), Forward),
    ],
)
def test_who_answers(found: Route | None, expected: type) -> None:
    head = read_request(b"GET", b"/_spaceport/healthy", "1.1", True, [(b"Host", b"s.localhost")])

    assert isinstance(choose(head, found), expected)


def test_health_is_the_gateways_own_on_every_host() -> None:
    head = read_request(b"GET", b"/_spaceport/health?x", "1.1", True, [(b"Host", b"s.localhost")])

    assert isinstance(choose(head, route(upstream=UPSTREAM)), TellHealth)


@pytest.mark.parametrize(
    "wrong", [{"public_scheme": "ftp"}, {"listen_port": 70000}, {"trusted_proxies": ("not an address",)}]
)
def test_settings_without_sense_are_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        GatewaySettings(gateway_id="g", hub_url="", routes_file=tmp_path / "r", **wrong)
