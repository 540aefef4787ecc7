"""The admin's table of Spaces: filtered, sorted, page by page."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from spaceport.domain.instance import Role
from spaceport.domain.route import Activity
from spaceport.domain.space import Desired, Rest
from spaceport.domain.space_fact import SpaceFact
from spaceport.domain.stage import Stage
from spaceport.domain.visit import BUCKETS, TOTAL, Calls
from spaceport.web.admin_lines import Housing, SpaceLine, lines_of, released_at
from spaceport.web.admin_rows import RowReader
from spaceport.web.admin_spaces import ROWS, SHOWN, SORTS, SpacesWish, page_of, read_wish
from spaceport_runner.contract import InstanceReport, InstanceState
from tests.unit.factories import NOW, ago, make_instance, make_space
from tests.unit.services import make_bench


def make_fact(name: str, **values: Any) -> SpaceFact:
    space = make_space(id=name, name=name)
    known = {item.name: getattr(space, item.name) for item in fields(SpaceFact)}
    return SpaceFact(**known | values)


def make_line(name: str, cpu: float | None = None, visited: float | None = None) -> SpaceLine:
    return SpaceLine(make_fact(name), cpu, None, None if visited is None else ago(visited))


def names(lines: list[SpaceLine], **wish: Any) -> list[str]:
    return [line.fact.name for line in page_of(lines, SpacesWish(**wish)).lines]


@pytest.mark.parametrize("sort", SORTS)
def test_lines_can_be_sorted_by_every_column(sort: str) -> None:
    lines = [make_line("b", 5.0, 10), make_line("a"), make_line("c", 1.0)]

    assert len(names(lines, sort=sort, down=True)) == 3


def test_lines_are_sorted_and_filtered_and_equal_ones_go_by_name() -> None:
    lines = [make_line("b", 5.0), make_line("a"), make_line("c", 9.0), make_line("d")]

    assert names(lines, sort="cpu", down=True) == ["c", "b", "a", "d"]
    assert names(lines, words=("ada/c",)) == ["c"]
    assert names(lines, owner="ADA") == ["a", "b", "c", "d"]
    assert names(lines, owner="eve") == []


def test_ten_thousand_spaces_are_shown_page_by_page() -> None:
    lines = [SpaceLine(replace(make_fact("one"), id=f"{n}", name=f"s{n:05}"), requests=n) for n in range(10_000)]
    page = page_of(lines, SpacesWish(sort="requests", down=True, page=200))

    assert [line.requests for line in page.lines] == list(range(ROWS - 1, -1, -1))
    assert (page.found, page.first, page.has_more) == (10_000, 9951, False)
    assert page_of(lines, SpacesWish(sort="requests", down=True, page=201)) == page
    assert page_of([], SpacesWish(page=2)).wish.page == 1


def test_each_kind_can_be_shown_alone() -> None:
    facts = {
        "ok": make_fact("ok", stage=Stage.RUNNING),
        "busy": make_fact("busy", stage=Stage.BUILDING),
        "bad": make_fact("bad", stage=Stage.BUILD_ERROR),
        "idle": make_fact("idle", stage=Stage.PAUSED, desired=Desired.PAUSED),
        "asleep": make_fact("asleep", stage=Stage.SLEEPING, rest=Rest.STOPPED),
        "frozen": make_fact("frozen", stage=Stage.SLEEPING, rest=Rest.FROZEN),
        "waiting": make_fact("waiting", stage=Stage.APP_STARTING, waiting_since=NOW),
        "review": make_fact("review", stage=Stage.PAUSED, desired=Desired.STOPPED, review_requested_at=NOW),
    }
    lines = [SpaceLine(fact) for fact in facts.values()]

    assert set(facts) == set(SHOWN)
    for show in SHOWN:
        assert show in names(lines, show=show)
    assert names(lines, show="asleep") == ["asleep", "frozen"]


def test_figures_are_those_of_all_instances_and_gateways() -> None:
    def report(instance_id: str, cpu: float) -> InstanceReport:
        return InstanceReport(
            instance_id=instance_id,
            space_id="one",
            release_id="r",
            runner_id="local",
            state=InstanceState.READY,
            cpu_percent=cpu,
            memory_bytes=100,
        )

    activity = {"one": Activity(last_visit_at=ago(5).timestamp(), requests=7)}
    one, two = lines_of(
        [make_fact("one", used_bytes=10, volume_used_bytes=5), make_fact("two", visits=3)],
        [report("a", 1.5), report("b", 2.5)],
        activity,
        [Calls("one", "2026-01-01", TOTAL, 10, 2, (9, 1, *(0,) * (BUCKETS - 2)))],
    )

    assert (one.cpu_percent, one.memory_bytes, one.disk_bytes) == (4.0, 200, 15)
    assert (one.requests, one.errors, one.last_visit_at) == (7, 2, ago(5))
    assert one.p95_ms == 7.5
    assert (two.cpu_percent, two.memory_bytes, two.requests) == (None, None, 3)


def test_what_makes_no_sense_in_an_address_is_as_if_it_was_not_asked_for() -> None:
    assert read_wish({"sort": "nonsense", "show": "all", "page": "-1"}) == SpacesWish()
    assert read_wish({"page": "9" * 400}).page == 1


def test_an_address_keeps_what_is_asked_for_and_begins_at_the_first_page() -> None:
    wish = SpacesWish("cpu", True, ("a", "b"), "ok", "ada", 3)

    assert wish.query(sort="name", dir="up") == "filter=a+b&show=ok&owner=ada"
    assert wish.query(page=4) == "sort=cpu&dir=down&filter=a+b&show=ok&owner=ada&page=4"
    assert SpacesWish().query() == ""


def test_rows_have_what_the_database_knows_of_their_spaces(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    release = bench.release(1)
    with bench.services.database.read() as tx:
        page = page_of(lines_of(tx.spaces.facts(), [], {}), SpacesWish())
        (row,) = RowReader().read(tx, page.lines)

    assert row.space == bench.space
    assert row.release == release
    assert (row.build, row.instances) == (None, 0)


def test_lines_are_sorted_by_when_the_release_was_made_that_each_serves(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    older, newer = bench.release(1), bench.release(2)
    with bench.services.database.begin() as tx:
        tx.releases.update(older.id, created_at=ago(50))
        tx.releases.update(newer.id, created_at=ago(5))
        tx.spaces.update(bench.space.id, target_release_id=newer.id)
        made_at = tx.releases.made_at()
    served = [make_instance(space_id="old", release_id=older.id, role=Role.LIVE)]
    facts = [
        make_fact("none"),
        make_fact("old", target_release_id=newer.id),
        make_fact("new", target_release_id=newer.id),
    ]
    housing = Housing({}, released_at(facts, served, made_at | {older.id: ago(50)}))

    assert made_at == {newer.id: ago(5)}
    lines = lines_of(facts, [], {}, housing=housing)
    assert names(lines, sort="release", down=True) == ["new", "old", "none"]
