"""What happens to the instances of a Space, decided from facts alone."""

from datetime import timedelta
from typing import Any

import pytest

from spaceport.domain.instance import Instance, Role
from spaceport.domain.route import GatewayReport
from spaceport.domain.space import Desired, Space
from spaceport.domain.stage import Stage
from spaceport.rollout.actions import (
    Action,
    Allow,
    Crash,
    Fail,
    GiveUp,
    MoveOn,
    Promote,
    Readdress,
    Remove,
    Retire,
    StartCandidate,
)
from spaceport.rollout.decide import decide
from spaceport.rollout.silence import Silence
from spaceport.rollout.view import Rules, View, is_serving
from spaceport_runner.contract import InstanceReport, InstanceState
from tests.unit.factories import NOW, ago, make_instance, make_release, make_report, make_space

LOST = "the runner {} is lost: another one takes over"
READY, STARTING, EXITED, FAILED = (
    InstanceState.READY,
    InstanceState.STARTING,
    InstanceState.EXITED,
    InstanceState.FAILED,
)


def view(
    *instances: Instance, space: Space | None = None, reports: tuple[InstanceReport, ...] = (), **values: Any
) -> View:
    defaults: dict[str, Any] = {
        "space": space or make_space(generation=1, target_release_id="release"),
        "target": make_release(),
        "needs_instance": True,
        "instances": instances,
        "reports": {report.instance_id: report for report in reports},
        "gateways": (),
        "crashes": 0,
        "now": NOW,
    }
    return View(**defaults | values)


def test_a_release_without_an_instance_gets_a_candidate() -> None:
    assert decide(view()) == [StartCandidate(make_release(), 1)]


def test_what_a_lost_runner_had_is_built_elsewhere_once_and_then_starts_there() -> None:
    live = make_instance(role=Role.LIVE, runner_id="lost", generation=0)
    lost: dict[str, Any] = {"silences": {"lost": Silence("lost", ago(1000), 300)}, "can_move": True}

    assert decide(view(live, target=make_release(runner_id="lost"), **lost)) == [MoveOn("lost", LOST.format("lost"))]
    elsewhere = make_release(id="release", runner_id="near")
    assert decide(view(live, target=elsewhere, **lost)) == [StartCandidate(elsewhere, 1)]


def test_nothing_is_started_before_there_is_a_release() -> None:
    assert decide(view(target=None)) == []


class TestCopyOfData:
    """Before an app is started, its runner may copy /data: that has a deadline of its own."""

    late = make_instance(deadline_at=ago(60))

    def decide_with(self, *instances: Instance, **report: Any) -> list[Action]:
        return decide(view(*instances or (self.late,), reports=(make_report("instance", STARTING, **report),)))

    def test_a_copy_has_as_long_as_its_runner_says(self) -> None:
        until = NOW + timedelta(seconds=500)
        [allowed] = self.decide_with(phase="copying /data (3.2 GiB)", phase_until=until.timestamp() + 0.2)

        assert allowed == Allow(self.late, until)
        assert self.decide_with(make_instance(deadline_at=until), phase_until=until.timestamp() + 0.2) == []

    def test_a_copy_that_takes_longer_fails_the_start_and_is_named(self) -> None:
        [failed] = self.decide_with(phase="copying /data (3.2 GiB)", phase_until=ago(60).timestamp())

        assert isinstance(failed, Fail)
        assert failed.cause.endswith("and its runner was still copying /data (3.2 GiB)")

    def test_the_time_of_the_app_begins_when_the_copy_is_there(self) -> None:
        assert self.decide_with(prepared_at=ago(100).timestamp()) == [
            Allow(self.late, NOW + timedelta(seconds=Rules().start_seconds - 100))
        ]
        [failed] = self.decide_with(prepared_at=ago(Rules().start_seconds + 60).timestamp())

        assert isinstance(failed, Fail)


def test_a_starting_candidate_is_waited_for() -> None:
    candidate = make_instance(deadline_at=NOW + timedelta(seconds=60))

    assert decide(view(candidate, reports=(make_report("instance", STARTING),))) == []


def test_a_candidate_that_answers_takes_over_and_the_old_one_drains() -> None:
    old = make_instance(id="old", generation=0, role=Role.LIVE, host="127.0.0.1", port=9000)
    candidate = make_instance()
    report = make_report("instance", READY)

    decided = decide(view(old, candidate, reports=(report, make_report("old", READY))))

    assert decided == [Promote(candidate, report, (old,))]


def test_a_failed_candidate_leaves_the_old_one_serving_its_release() -> None:
    old = make_instance(id="old", generation=0, release_id="good", role=Role.LIVE, host="127.0.0.1", port=9000)
    tail = ("Traceback (most recent call last):", "ModuleNotFoundError: No module named 'numpy'")
    report = make_report("instance", FAILED, exit_code=1, tail=tail)

    decided = decide(view(old, make_instance(), reports=(report, make_report("old", READY))))

    [failure] = decided
    assert isinstance(failure, Fail)
    assert failure.fallback_release_id == "good"
    assert failure.cause == "the app imports numpy, which is not installed"
    assert "requirements.txt" in (failure.suggestion or "")


def test_a_failed_first_app_leaves_the_files_before_it_serving() -> None:
    files = make_release(id="files", sdk="static", template="static")

    [failure] = decide(view(make_instance(), live_release=files, reports=(make_report("instance", FAILED),)))

    assert isinstance(failure, Fail)
    assert failure.fallback_release_id == "files"


def test_a_space_does_not_start_before_its_secrets_are_set() -> None:
    asking = make_space(generation=1, target_release_id="release", missing_secrets=["API_KEY"])

    assert decide(view(space=asking)) == []


def test_a_failed_generation_is_not_tried_again_by_itself() -> None:
    assert decide(view(space=make_space(generation=1, failed_generation=1, target_release_id="release"))) == []


def test_a_candidate_that_its_runner_does_not_bring_up_fails_after_its_deadline() -> None:
    late = make_instance(deadline_at=ago(60))

    [silent] = decide(view(late))
    [slow] = decide(view(late, reports=(make_report("instance", STARTING),)))

    assert isinstance(silent, Fail)
    assert isinstance(slow, Fail)
    assert silent.cause == "the app did not answer before its deadline, and its runner said nothing of it"
    assert slow.cause == "the app did not answer before its deadline, and its runner was still preparing it"


def test_a_candidate_of_an_older_generation_is_removed() -> None:
    candidate = make_instance(generation=0)

    assert decide(view(candidate)) == [Remove(candidate, "a newer one took its place")]


def test_a_live_instance_that_ends_is_replaced() -> None:
    live = make_instance(role=Role.LIVE)

    [crash] = decide(view(live, reports=(make_report("instance", EXITED, exit_code=1),)))

    assert isinstance(crash, Crash)
    assert not crash.give_up


def test_a_live_instance_that_ends_again_and_again_is_given_up() -> None:
    live = make_instance(role=Role.LIVE)

    [crash] = decide(view(live, reports=(make_report("instance", EXITED, exit_code=1),), crashes=2))

    assert isinstance(crash, Crash)
    assert crash.give_up


def test_a_space_whose_instances_end_too_often_is_suspended() -> None:
    live = make_instance(role=Role.LIVE)

    [crash] = decide(view(live, reports=(make_report("instance", EXITED, exit_code=1),), crashes=1, crashes_in_hour=9))

    assert isinstance(crash, Crash)
    assert crash.suspends == 10


def test_a_live_instance_without_a_report_goes_on_serving() -> None:
    live = make_instance(role=Role.LIVE)

    assert decide(view(live)) == []
    assert is_serving(view(live))


def test_a_live_instance_that_starts_again_is_not_serving() -> None:
    assert not is_serving(view(make_instance(role=Role.LIVE), reports=(make_report("instance", STARTING),)))


@pytest.mark.parametrize(("late_seconds", "ends"), [(10, False), (60, True)])
def test_a_live_instance_that_starts_again_in_vain_is_replaced(late_seconds: int, ends: bool) -> None:
    live = make_instance(role=Role.LIVE)
    starting = make_space(
        generation=1, target_release_id="release", stage=Stage.APP_STARTING, stage_deadline_at=ago(late_seconds)
    )

    decided = decide(view(live, space=starting, reports=(make_report("instance", STARTING),)))

    assert [type(action) for action in decided] == ([Crash] if ends else [])
    copying = make_report("instance", STARTING, phase="copying /data")
    assert decide(view(live, space=starting, reports=(copying,))) == []


def test_a_live_instance_that_moved_is_readdressed() -> None:
    live = make_instance(role=Role.LIVE, host="127.0.0.1", port=1)
    report = make_report("instance", READY)

    assert decide(view(live, reports=(report,))) == [Readdress(live, report)]


@pytest.mark.parametrize("desired", [Desired.PAUSED, Desired.STOPPED, Desired.DELETED])
def test_a_space_that_should_not_run_loses_its_instances(desired: Desired) -> None:
    live = make_instance(role=Role.LIVE)

    assert decide(view(live, space=make_space(desired=desired))) == [Remove(live)]


def test_a_static_space_needs_no_instance() -> None:
    assert decide(view(needs_instance=False)) == []


def test_an_app_that_files_replace_ends_with_its_last_request() -> None:
    live, candidate = make_instance(role=Role.LIVE), make_instance(id="next")

    assert decide(view(live, candidate, needs_instance=False)) == [
        Remove(candidate, "files took its place"),
        Retire(live),
    ]


class TestMissedRunner:
    """What it should start is waited for, then started elsewhere: that is no failure of the app."""

    late = make_instance(deadline_at=ago(60))

    @staticmethod
    def missed(seconds: float) -> dict[str, Any]:
        return {"silences": {"local": Silence("local", ago(seconds), 300)}, "can_move": True}

    @pytest.mark.parametrize("seconds", [1, 299])
    @pytest.mark.parametrize("reports", [(), (make_report("instance", STARTING),)], ids=["unheard", "stale"])
    def test_a_late_candidate_gets_its_time_anew(self, seconds: int, reports: tuple[InstanceReport, ...]) -> None:
        until = NOW + timedelta(seconds=Rules().start_seconds)

        assert decide(view(self.late, reports=reports, **self.missed(seconds))) == [Allow(self.late, until)]
        assert decide(view(make_instance(deadline_at=until), reports=reports, **self.missed(seconds))) == []

    def test_a_lost_one_has_its_candidate_taken_away_and_gets_no_other(self) -> None:
        words = "its machine local gave no sign of life"

        assert decide(view(self.late, **self.missed(300))) == [Remove(self.late, words)]
        assert decide(view(**self.missed(300))) == [MoveOn("local", LOST.format("local"))]
        assert decide(view(**self.missed(300) | {"can_move": False})) == []

    def test_what_serves_elsewhere_goes_on_as_what_should_serve(self) -> None:
        near = make_instance(id="near", role=Role.LIVE, runner_id="near", release_id="before", generation=0)
        stays: dict[str, Any] = self.missed(300) | {"can_move": False}

        [given_up] = decide(view(near, **stays))
        assert isinstance(given_up, GiveUp)
        assert (given_up.fallback_release_id, "local gives no sign" in given_up.cause) == ("before", True)
        failed = make_space(generation=1, failed_generation=1, target_release_id="release")
        assert decide(view(near, space=failed, **stays)) == []

    def test_what_ended_before_it_was_missed_has_failed(self) -> None:
        [failed] = decide(view(self.late, reports=(make_report("instance", FAILED),), **self.missed(300)))

        assert isinstance(failed, Fail)

    def test_what_serves_elsewhere_does_not_give_way_to_an_app_that_nobody_hears_of(self) -> None:
        live = make_instance(id="live", role=Role.LIVE, runner_id="near", generation=0)
        ready = make_report("instance", READY)

        assert decide(view(live, make_instance(), reports=(ready,), **self.missed(1))) == []
        assert decide(view(make_instance(), reports=(ready,), **self.missed(1))) == [
            Promote(make_instance(), ready, ())
        ]

    def test_an_app_is_not_replaced_because_nobody_tells_whether_it_thaws(self) -> None:
        waking = make_space(generation=1, target_release_id="release", wake_tries=1, rest_since=ago(60))

        assert decide(view(make_instance(role=Role.LIVE), space=waking, **self.missed(60))) == []


class TestDraining:
    old = make_instance(
        id="old", generation=0, role=Role.DRAINING, swap_version=5, deadline_at=NOW + timedelta(seconds=60)
    )
    live = make_instance(role=Role.LIVE, host="127.0.0.1", port=9000)

    def decide_with(self, *gateways: GatewayReport, old: Instance | None = None) -> list[object]:
        return list(decide(view(old or self.old, self.live, gateways=gateways)))

    def test_it_waits_for_requests_in_flight(self) -> None:
        assert self.decide_with(GatewayReport(gateway_id="g", routes_version=5, busy={"old": 1})) == []

    def test_it_waits_for_gateways_that_have_not_seen_the_swap(self) -> None:
        assert self.decide_with(GatewayReport(gateway_id="g", routes_version=4)) == []

    def test_it_ends_when_every_gateway_is_done_with_it(self) -> None:
        assert self.decide_with(GatewayReport(gateway_id="g", routes_version=6)) == [Remove(self.old)]

    def test_it_ends_when_there_is_no_gateway(self) -> None:
        assert self.decide_with() == [Remove(self.old)]

    def test_it_ends_at_its_deadline_whoever_is_still_connected(self) -> None:
        late = make_instance(id="old", generation=0, role=Role.DRAINING, swap_version=5, deadline_at=ago(1))
        busy = GatewayReport(gateway_id="g", routes_version=6, busy={"old": 3})

        assert self.decide_with(busy, old=late) == [Remove(late)]
