"""Wakes over time: how many, how long most of them took, and what scrapers are told of machines and wakes."""

from datetime import timedelta
from pathlib import Path

from spaceport.domain.drain import Drain
from spaceport.domain.space import Desired
from spaceport.domain.visit import WakeUp
from spaceport.machines import machine_states
from spaceport.web.admin_overview import Overview
from spaceport.web.metrics_page import metrics_of
from spaceport.web.wakes_page import found_since, kinds_of, quantile
from tests.unit.factories import NOW, ago, make_runner
from tests.unit.services import make_bench
from tests.unit.test_admin_spaces import make_fact


def wake(seconds: float, minutes_ago: float = 1, was_frozen: bool = False) -> WakeUp:
    return WakeUp(f"wake-{seconds}-{minutes_ago}", "space", ago(60 * minutes_ago), seconds, was_frozen)


def test_each_kind_of_wake_is_counted_with_what_most_took_at_most() -> None:
    wakes = [wake(number) for number in range(1, 21)] + [wake(0.1, was_frozen=True), wake(0.2, 50, was_frozen=True)]
    frozen, disk = kinds_of(wakes, NOW - timedelta(hours=1), NOW)

    assert (frozen.count, frozen.half_seconds, frozen.most_seconds) == (2, 0.1, 0.2)
    assert (disk.count, disk.half_seconds, disk.most_seconds) == (20, 10, 19)
    assert [figure.highest_words for figure in disk.figures] == ["20", "20 s"]
    assert [figure.highest_words for figure in frozen.figures] == ["1", "0.2 s"]


def test_of_a_range_the_newest_are_looked_at_and_more_are_told_of(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    newest, middle, oldest = (wake(number, minutes_ago=number) for number in (1, 2, 90))
    with bench.services.database.begin() as tx:
        for each in (middle, oldest, newest):
            tx.visits.add_wake(each)
    with bench.services.database.read() as tx:
        hour, cut = (found_since(tx, NOW - timedelta(hours=1), most) for most in (2, 1))
        older = found_since(tx, NOW - timedelta(hours=2), 2)

    assert (hour.wakes, hour.is_cut) == ([newest, middle], False)
    assert (cut.wakes, cut.is_cut) == ([newest], True)
    assert (older.wakes, older.is_cut) == ([newest, middle], True)
    assert hour.names == {"space": "ada/demo"}


def test_wakes_of_a_space_that_is_being_removed_are_left_out(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    with bench.services.database.begin() as tx:
        tx.visits.add_wake(wake(1))
    bench.update(desired=Desired.DELETED)
    with bench.services.database.read() as tx:
        assert found_since(tx, NOW - timedelta(hours=1)).wakes == []


def test_nothing_has_no_quantile() -> None:
    assert quantile([], 0.95) is None
    assert [kind.count for kind in kinds_of([], NOW - timedelta(hours=1), NOW)] == [0, 0]


def test_scrapers_are_told_what_is_drained_and_how_long_wakes_took() -> None:
    drains = {"local": Drain("local", NOW, "root"), "far/1": Drain("far/1", NOW, "root")}
    runners = [make_runner(builders=2), make_runner(runner_id="far", builders=3)]
    machines = machine_states(runners, drains, [], {"space": frozenset({"local"})})
    overview = Overview([], [], [], runners, [], wakes=[(wake(4), make_fact("demo"))], machines=machines)
    told = {metric.name: metric.samples for metric in metrics_of(overview)}

    assert told["spaceport_machine_drained"] == [({"runner": "far"}, 0.0), ({"runner": "local"}, 1.0)]
    assert told["spaceport_machine_builders_open"] == [({"runner": "far"}, 2.0), ({"runner": "local"}, 0.0)]
    assert told["spaceport_machine_spaces"] == [({"runner": "far"}, 0.0), ({"runner": "local"}, 1.0)]
    assert ({"depth": "disk", "quantile": "0.95"}, 4.0) in told["spaceport_recent_wake_seconds"]
