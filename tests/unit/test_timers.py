"""What is done by the clock: when, once, and only what its maker may do."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from spaceport.bootstrap import timer_deeds
from spaceport.domain.space import Desired, Rest
from spaceport.domain.timer import (
    MAX_TIMERS,
    RUNS_KEPT,
    RunResult,
    Timer,
    TimerAction,
    TimerRun,
    check_line,
    check_pauses,
    check_zone,
    due_of,
    next_after,
    skip_reason,
)
from spaceport.errors import AccessDenied, BadRequest, NotFound
from spaceport.rollout.timer_commands import add_timer, remove_timer
from spaceport.rollout.timers import Timers
from tests.unit.factories import NOW, make_space
from tests.unit.services import Bench, TickingClock, make_bench


def make_timer(**values: Any) -> Timer:
    made = Timer("t", "space", TimerAction.RESTART, "0 3 * * *", "UTC", "user", "ada", NOW, NOW)
    return replace(made, **values)


def clock_of(bench: Bench) -> TickingClock:
    assert isinstance(bench.services.clock, TickingClock)
    return bench.services.clock


def take(bench: Bench) -> int:
    return Timers(bench.services, timer_deeds(), threading.Event()).take()


def runs_of(bench: Bench) -> list[tuple[TimerAction, RunResult, int]]:
    """Oldest first."""
    with bench.services.database.read() as tx:
        timers = {timer.id: timer for timer in tx.timers.of_space("space")}
        runs = [run for each in tx.timers.runs_of(list(timers)).values() for run in each]
    return [(timers[run.timer_id].action, run.result, run.missed) for run in sorted(runs, key=lambda run: run.due_at)]


@pytest.mark.parametrize("line", ["0 3 * * *", "*/10 8-18 * jan,MAR mon-fri", " 0  3 * *  0 "])
def test_lines_of_cron_are_read(line: str) -> None:
    assert check_line(line) == " ".join(line.split())
    assert check_pauses(check_line(line), "UTC", NOW) > NOW


@pytest.mark.parametrize(
    "line", ["", "0 3 * *", "0 3 * * * *", "H H * * *", "r 3 * * *", "@daily", "0 3 * * x", "0;3 * * * *"]
)
def test_what_is_no_line_is_refused(line: str) -> None:
    with pytest.raises(BadRequest, match="minute, hour"):
        check_line(line)


@pytest.mark.parametrize("line", ["* * * * *", "0,5 3 * * *", "0 0 31 2 *", "61 3 * * *", "5-1/0 * * * *"])
def test_what_comes_too_often_or_never_is_refused(line: str) -> None:
    with pytest.raises(BadRequest, match=r"more often|never comes"):
        check_pauses(line, "UTC", NOW)


@pytest.mark.parametrize(
    "zone", ["Nowhere/City", "../etc/passwd", "/etc/passwd", "Europe", "x" * 300, "localtime", "Factory"]
)
def test_what_is_no_zone_is_refused(zone: str) -> None:
    with pytest.raises(BadRequest, match="a zone is a name"):
        check_zone(zone)


def test_a_line_means_the_clock_of_its_zone_in_summer_and_winter() -> None:
    timer = make_timer(zone=check_zone("Europe/Berlin"))

    assert next_after(timer, datetime(2026, 1, 10, tzinfo=UTC)) == datetime(2026, 1, 10, 2, tzinfo=UTC)
    assert next_after(timer, datetime(2026, 7, 10, tzinfo=UTC)) == datetime(2026, 7, 10, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "hours"),
    [
        ("30 2 * * *", {25: [0.5, 25.5], 29: [1.0, 24.5]}),
        ("0 1-3 * * *", {25: [0, 2], 29: [0, 1]}),
        ("30 */2 * * *", {25: [0.5, 1.5, 3.5], 29: [1.0, 2.5]}),
    ],
)
def test_hours_of_the_clock_come_once_on_the_days_on_which_it_is_changed(
    line: str, hours: dict[int, list[float]]
) -> None:
    timer = make_timer(line=line, zone="Europe/Berlin")

    for day, expected in hours.items():
        midnight = datetime(2026, 10 if day == 25 else 3, day, tzinfo=UTC)
        moment, found = midnight - timedelta(seconds=1), []
        while len(found) < len(expected):
            moment = next_after(timer, moment)
            found.append((moment - midnight).total_seconds() / 3600)
        assert found == expected
        assert due_of(replace(timer, next_at=midnight + timedelta(hours=expected[0])), moment)[0] == moment


@pytest.mark.parametrize("now", [datetime(2026, 3, 20, tzinfo=UTC), datetime(2026, 6, 20, tzinfo=UTC)])
def test_a_day_on_which_the_clock_is_changed_refuses_no_line(now: datetime) -> None:
    assert check_pauses("55 1,2 * * *", "Europe/Berlin", now) == now + timedelta(minutes=55)


def test_a_silence_of_more_than_a_thousand_times_still_has_its_last() -> None:
    timer = make_timer(line="*/10 * * * *", next_at=datetime(2026, 1, 2, 3, tzinfo=UTC))

    assert due_of(timer, datetime(2026, 3, 2, 3, 7, tzinfo=UTC)) == (datetime(2026, 3, 2, 3, tzinfo=UTC), 1000)


def test_missed_times_are_one_with_the_last_of_them_in_sight() -> None:
    timer = make_timer(next_at=datetime(2026, 1, 2, 3, tzinfo=UTC))

    assert due_of(timer, datetime(2026, 1, 2, 3, 1, tzinfo=UTC)) == (timer.next_at, 0)
    assert due_of(timer, datetime(2026, 1, 5, 2, tzinfo=UTC)) == (datetime(2026, 1, 4, 3, tzinfo=UTC), 2)


@pytest.mark.parametrize(
    ("action", "space", "reason"),
    [
        (TimerAction.RESTART, {}, None),
        (TimerAction.RESTART, {"desired": Desired.PAUSED}, "it is paused"),
        (TimerAction.START, {"desired": Desired.PAUSED}, None),
        (TimerAction.START, {"desired": Desired.STOPPED}, "it is stopped"),
        (TimerAction.START, {}, "it is not paused"),
        (TimerAction.PAUSE, {}, None),
        (TimerAction.WAKE, {}, "it does not sleep"),
        (TimerAction.WAKE, {"rest": Rest.STOPPED}, None),
        (TimerAction.REBUILD, {"desired": Desired.SUSPENDED}, "it is suspended"),
    ],
)
def test_a_timer_starts_nothing_that_others_stopped(
    action: TimerAction, space: dict[str, Any], reason: str | None
) -> None:
    assert skip_reason(action, make_space(**space)) == reason


def test_a_timer_does_its_deed_once_and_waits_for_the_next_time(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    bench.release()
    timer = add_timer(bench.services, bench.space, bench.owner, "restart", "0 3 * * *")
    assert take(bench) == 0

    clock_of(bench).pass_by(timedelta(days=1).total_seconds())
    assert [take(bench), take(bench)] == [1, 0]

    assert bench.space.generation == 2
    assert "restarted by ada: by a timer" in bench.told
    assert runs_of(bench) == [(TimerAction.RESTART, RunResult.DONE, 0)]
    with bench.services.database.read() as tx:
        [kept] = tx.timers.of_space("space")
    assert kept.next_at == timer.next_at + timedelta(days=1)
    assert bench.events.published


def test_after_a_long_silence_the_latest_time_of_all_timers_wins(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    bench.release()
    add_timer(bench.services, bench.space, bench.owner, "start", "0 8 * * *")
    add_timer(bench.services, bench.space, bench.owner, "pause", "0 18 * * *")

    clock_of(bench).pass_by(timedelta(days=2, hours=-3).total_seconds())
    assert take(bench) == 2

    assert bench.space.desired is Desired.RUNNING
    assert runs_of(bench) == [(TimerAction.PAUSE, RunResult.DONE, 1), (TimerAction.START, RunResult.DONE, 1)]


def test_a_timer_of_somebody_without_the_right_any_more_says_so(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    bench.release()
    add_timer(bench.services, bench.space, bench.owner, "restart", "0 3 * * *")
    bench.update(owner_id="eve", owner="eve")
    clock_of(bench).pass_by(timedelta(days=1).total_seconds())

    assert take(bench) == 1

    assert bench.space.generation == 1
    assert runs_of(bench) == [(TimerAction.RESTART, RunResult.FAILED, 0)]


def test_one_timer_that_goes_wrong_stops_no_other(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    bench.release()
    unread = add_timer(bench.services, bench.space, bench.owner, "pause", "0 1 * * *")
    add_timer(bench.services, bench.space, bench.owner, "rebuild", "0 2 * * *")
    add_timer(bench.services, bench.space, bench.owner, "restart", "0 3 * * *")
    with bench.services.database.begin() as tx:
        tx.timers.update(unread.id, zone="Nowhere/City")

    def break_down(*_: object) -> None:
        raise RuntimeError("out of order")

    timers = Timers(bench.services, timer_deeds() | {TimerAction.REBUILD: break_down}, threading.Event())
    clock_of(bench).pass_by(timedelta(days=1).total_seconds())

    assert [timers.take(), timers.take()] == [3, 0]

    assert runs_of(bench) == [
        (TimerAction.PAUSE, RunResult.FAILED, 0),
        (TimerAction.REBUILD, RunResult.FAILED, 0),
        (TimerAction.RESTART, RunResult.DONE, 0),
    ]
    with bench.services.database.read() as tx:
        kept = tx.timers.get(unread.id)
        [run] = tx.timers.runs_of([unread.id])[unread.id]
    assert kept is not None
    assert kept.next_at > clock_of(bench).now()
    assert "cannot be told any more" in run.words


def test_timers_are_the_owners_to_add_and_remove(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    with pytest.raises(BadRequest, match='"action" must be one of'):
        add_timer(bench.services, bench.space, bench.owner, "explode", "0 3 * * *")
    with pytest.raises(AccessDenied):
        add_timer(bench.services, bench.space, bench.stranger, "restart", "0 3 * * *")
    with pytest.raises(NotFound):
        remove_timer(bench.services, bench.space, bench.owner, "none")
    made = [
        add_timer(bench.services, bench.space, bench.owner, "wake", f"{number} 3 * * *") for number in range(MAX_TIMERS)
    ]
    with pytest.raises(BadRequest, match="remove one first"):
        add_timer(bench.services, bench.space, bench.owner, "restart", "0 3 * * *")

    remove_timer(bench.services, bench.space, bench.owner, made[0].id)
    with bench.services.database.begin() as tx:
        assert len(tx.timers.of_space("space")) == MAX_TIMERS - 1
        for number in range(RUNS_KEPT + 3):
            at = NOW + timedelta(days=number)
            tx.timers.add_run(TimerRun(f"r{number}", made[1].id, at, at, 0, RunResult.DONE))
        kept = tx.timers.runs_of([made[1].id])[made[1].id]
    assert (len(kept), kept[0].id) == (RUNS_KEPT, f"r{RUNS_KEPT + 2}")
