"""The pure parts of the runner: what to do about instances, and in which words it tells of an end."""

from typing import Any

import pytest

from spaceport_runner.contract import InstanceReport, InstanceSpec, InstanceState, Limits
from spaceport_runner.engines.engine import BuildFailed, EngineUnavailable, Observed, Stats
from spaceport_runner.figures import Meter, Rates
from spaceport_runner.freezing import should_turn
from spaceport_runner.jobs import failure_of
from spaceport_runner.plan import Action, Adopt, Halt, Phase, Start, Stop, Wanted, judge, plan
from spaceport_runner.reasons import bytes_in_words, never_ready, seconds_in_words
from spaceport_runner.source import SourceError
from spaceport_runner.watch import DeadlinePassed
from tests.unit.factories import make_request


def spec(instance_id: str = "i-1") -> InstanceSpec:
    return InstanceSpec(
        instance_id=instance_id,
        space_id="s-1",
        space_name="ada/demo",
        release_id="r-1",
        generation=1,
        sdk="gradio",
        template="gradio",
        image="image",
        sha="a" * 40,
        source_url="http://127.0.0.1/none",
        source_token="none",
        app_file="app.py",
        app_port=7860,
        limits=Limits(memory_bytes=1024**3, cpus=1),
        start_timeout_seconds=300,
    )


def observed(instance_id: str = "i-1", is_alive: bool = True, **values: Any) -> Observed:
    return Observed(instance_id, "s-1", "r-1", 1, is_alive, 7860, **values)


def report(**values: Any) -> InstanceReport:
    fields = {"state": InstanceState.STARTING, **values}
    return InstanceReport(instance_id="i-1", space_id="s-1", release_id="r-1", runner_id="main", **fields)


def planned(
    wanted: list[InstanceSpec],
    there: list[Observed],
    known: dict[str, Phase] | None = None,
    is_complete: bool = True,
) -> list[Action]:
    specs = {each.instance_id: each for each in wanted}
    return plan(Wanted(specs, is_complete), {each.instance_id: each for each in there}, known or {})


def test_an_instance_that_is_wanted_and_missing_is_started() -> None:
    assert planned([spec()], []) == [Start(spec())]


def test_a_start_that_is_under_way_is_not_begun_twice() -> None:
    assert planned([spec()], [], {"i-1": Phase.STARTING}) == []


def test_an_instance_that_runs_as_wanted_is_left_alone() -> None:
    assert planned([spec()], [observed()], {"i-1": Phase.UP}) == []


def test_a_running_instance_nobody_knows_is_adopted_not_started() -> None:
    assert planned([spec()], [observed()]) == [Adopt(observed())]


def test_an_instance_that_nobody_wants_is_stopped() -> None:
    assert planned([], [observed()], {"i-1": Phase.UP}) == [Stop("i-1")]


def test_an_unknown_instance_that_nobody_wants_is_stopped() -> None:
    assert planned([], [observed()]) == [Stop("i-1")]


def test_a_start_that_nobody_wants_any_more_is_called_off() -> None:
    assert planned([], [], {"i-1": Phase.STARTING}) == [Stop("i-1")]


def test_a_stop_that_is_under_way_is_not_begun_twice() -> None:
    assert planned([], [observed()], {"i-1": Phase.STOPPING}) == []


def test_nothing_is_stopped_while_it_is_not_known_that_all_wanted_are_there() -> None:
    known = {"i-1": Phase.UP, "i-2": Phase.OVER}

    assert planned([], [observed("i-1"), observed("i-2", is_alive=False)], known, is_complete=False) == []


def test_an_unknown_instance_is_adopted_while_it_is_not_known_whether_it_is_wanted() -> None:
    assert planned([], [observed()], is_complete=False) == [Adopt(observed())]


def test_an_instance_that_is_over_is_not_started_again() -> None:
    assert planned([spec()], [], {"i-1": Phase.OVER}) == []
    assert planned([spec()], [observed(is_alive=False)], {"i-1": Phase.OVER}) == []


def test_an_instance_that_was_given_up_but_lives_is_halted() -> None:
    assert planned([spec()], [observed()], {"i-1": Phase.OVER}) == [Halt("i-1")]


def test_an_instance_that_is_over_and_not_wanted_is_removed() -> None:
    assert planned([], [observed(is_alive=False)], {"i-1": Phase.OVER}) == [Stop("i-1")]


def test_a_spec_that_cannot_be_read_neither_starts_nor_stops_anything() -> None:
    wanted = Wanted({"i-1": None, "i-2": None}, is_complete=True)

    assert plan(wanted, {"i-1": observed()}, {"i-1": Phase.UP}) == []


def test_an_end_before_the_first_answer_is_a_failure() -> None:
    judged = judge(report(), observed(is_alive=False, exit_code=3), ("last line",))

    assert judged.state is InstanceState.FAILED
    assert judged.exit_code == 3
    assert judged.reason == "the app exited with code 3 before it answered on port 7860"
    assert judged.tail == ("last line",)


def test_an_end_after_the_first_answer_is_an_exit_without_an_address() -> None:
    judged = judge(
        report(state=InstanceState.READY, ready_at=1.0, host="127.0.0.1", port=1),
        observed(is_alive=False, exit_code=0),
        (),
    )

    assert judged.state is InstanceState.EXITED
    assert judged.reason == "the app exited with code 0"
    assert (judged.host, judged.port) == (None, None)


def test_out_of_memory_names_the_limit() -> None:
    ended = observed(is_alive=False, exit_code=137, out_of_memory=True, memory_limit_bytes=4 * 1024**3)

    assert judge(report(), ended, ()).reason == "Memory limit exceeded (4 GiB)"


def test_an_instance_without_a_trace_was_removed_from_outside() -> None:
    assert "from outside" in (judge(report(ready_at=1.0), None, ()).reason or "")


def test_a_living_instance_keeps_its_state_and_gets_its_address() -> None:
    judged = judge(report(), observed(host="127.0.0.1", port=4000, started_at=5.0), ())

    assert judged.state is InstanceState.STARTING
    assert (judged.host, judged.port, judged.started_at) == ("127.0.0.1", 4000, 5.0)


def test_giving_up_tells_port_time_and_what_was_seen() -> None:
    words = never_ready(7860, 300, "nothing was listening", ["loading"], 40000)

    assert words == "did not answer on port 7860 within 5 minutes: nothing was listening"


def test_giving_up_names_the_address_that_the_app_printed() -> None:
    tail = ["INFO: Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)"]

    assert "http://127.0.0.1:8000" in never_ready(7860, 30, "nothing was listening", tail, 40000)


def test_giving_up_tells_that_the_app_listens_for_itself_only() -> None:
    tail = ["* Running on local URL:  http://127.0.0.1:7860"]

    assert "must listen on 0.0.0.0:7860" in never_ready(7860, 30, "nothing was listening", tail, 7860)
    assert "must listen" not in never_ready(7860, 30, "it answered with status 500", tail, 7860)


@pytest.mark.parametrize(
    ("count", "words"),
    [(4 * 1024**3, "4 GiB"), (1536 * 1024**2, "1.5 GiB"), (512 * 1024**2, "512 MiB"), (10, "10 bytes")],
)
def test_bytes_are_told_in_the_unit_people_think_in(count: int, words: str) -> None:
    assert bytes_in_words(count) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(1800, "30 minutes"), (60, "1 minute"), (90, "90 seconds"), (1, "1 second")]
)
def test_times_are_told_in_whole_minutes_or_seconds(seconds: float, words: str) -> None:
    assert seconds_in_words(seconds) == words


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (DeadlinePassed(), "the build took longer than 30 minutes"),
        (
            BuildFailed("out of memory: the build used more than 8 GiB", exit_code=137),
            "out of memory: the build used more than 8 GiB",
        ),
        (BuildFailed("cannot build a Dockerfile"), "cannot build a Dockerfile"),
        (BuildFailed("uv ended with exit code 1", exit_code=1), None),
        (SourceError("could not fetch the commit: status 404"), "could not fetch the commit: status 404"),
        (EngineUnavailable("no socket"), "the engine does not answer: no socket"),
        (OSError(28, "No space left on device"), "the runner's machine failed: No space left on device"),
        (RuntimeError("a mistake of ours"), None),
    ],
)
def test_a_failed_build_has_a_reason_only_where_it_is_certain(error: Exception, reason: str | None) -> None:
    assert failure_of(error, make_request(deadline_seconds=1800)).reason == reason


def test_processor_use_is_measured_between_two_samples() -> None:
    meter = Meter()

    assert meter.rates("i-1", Stats(cpu_seconds=1.0, memory_bytes=0), now=10.0) == Rates()
    assert meter.rates("i-1", Stats(cpu_seconds=2.0, memory_bytes=0), now=14.0) == Rates(25.0)


def test_what_comes_and_goes_is_measured_where_somebody_counts() -> None:
    meter = Meter()
    meter.rates("i-1", Stats(1.0, 0, received_bytes=100, sent_bytes=0), now=10.0)

    assert meter.rates("i-1", Stats(1.0, 0, received_bytes=500, sent_bytes=8), now=14.0) == Rates(0.0, 100, 2)
    # The counters of a container that was started again begin anew.
    assert meter.rates("i-1", Stats(1.0, 0, received_bytes=0, sent_bytes=8), now=18.0) == Rates(0.0, 0, 0)


def test_an_instance_that_comes_back_is_measured_anew() -> None:
    meter = Meter()
    meter.rates("i-1", Stats(cpu_seconds=1.0, memory_bytes=0), now=10.0)
    meter.keep_only(set())

    assert meter.rates("i-1", Stats(cpu_seconds=2.0, memory_bytes=0), now=14.0) == Rates()


@pytest.mark.parametrize(
    ("phase", "state", "is_frozen", "wanted", "expected"),
    [
        (Phase.UP, InstanceState.READY, False, True, True),
        (Phase.UP, InstanceState.READY, True, True, False),
        (Phase.UP, InstanceState.READY, True, False, True),
        (Phase.UP, InstanceState.STARTING, False, True, False),
        (Phase.STOPPING, InstanceState.READY, True, False, False),
        (Phase.OVER, InstanceState.EXITED, False, True, False),
    ],
)
def test_only_what_has_answered_is_frozen_and_what_is_frozen_can_be_thawed(
    phase: Phase, state: InstanceState, is_frozen: bool, wanted: bool, expected: bool
) -> None:
    asked = spec().model_copy(update={"frozen": wanted})

    assert should_turn(phase, report(state=state, is_frozen=is_frozen), asked) is expected
    assert not should_turn(phase, report(state=state, is_frozen=is_frozen), None)
