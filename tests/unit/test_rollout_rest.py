"""When a Space sleeps, how deep, and what wakes it: decided from facts alone."""

from datetime import datetime
from typing import Any

import pytest

from spaceport.domain.flavors import BUILT_IN, Flavors, HardwareFlavor
from spaceport.domain.instance import Instance, Role
from spaceport.domain.route import GatewayReport
from spaceport.domain.sleep import sleep_seconds_of, sleeps_at
from spaceport.domain.space import Desired, Rest, Space
from spaceport.domain.stage import Stage
from spaceport.rollout.actions import Crash, Remove, Replace, Retire, Sleep, StartCandidate, Wake, Woken
from spaceport.rollout.decide import decide
from spaceport.rollout.view import Rules, View, is_letting_go, is_serving, should_be_frozen
from spaceport_runner.contract import InstanceReport, InstanceState
from tests.unit.factories import NOW, ago, make_build, make_instance, make_release, make_report, make_space

LIVE = make_instance(role=Role.LIVE, host="127.0.0.1", port=9000, ready_at=ago(1000))
READY = make_report("instance", InstanceState.READY)
FROZEN = make_report("instance", InstanceState.READY, is_frozen=True)
FREEZING = Rules(sleep_seconds=600, freeze_seconds=3600)
STOPPING = Rules(sleep_seconds=600)


def space(**values: Any) -> Space:
    return make_space(**{"generation": 1, "target_release_id": "release", "last_use_at": ago(601)} | values)


def asleep(rest: Rest, since: datetime | None = None, **values: Any) -> Space:
    return space(rest=rest, rest_since=since or ago(60), rest_reason="nobody used it for 10 min", **values)


def view(
    *instances: Instance, of: Space | None = None, reports: tuple[InstanceReport, ...] = (), **values: Any
) -> View:
    defaults: dict[str, Any] = {
        "space": of or space(),
        "target": make_release(),
        "needs_instance": True,
        "instances": instances,
        "reports": {report.instance_id: report for report in reports},
        "gateways": (),
        "crashes": 0,
        "now": NOW,
        "may_sleep": True,
        "rules": FREEZING,
    }
    return View(**defaults | values)


class TestFallingAsleep:
    def test_an_idle_space_is_frozen_first(self) -> None:
        assert decide(view(LIVE, reports=(READY,))) == [Sleep(Rest.FROZEN, "nobody used it for 10 min")]

    def test_it_is_stopped_at_once_where_nothing_may_be_frozen(self) -> None:
        [sleep] = decide(view(LIVE, reports=(READY,), rules=STOPPING))

        assert isinstance(sleep, Sleep)
        assert sleep.depth is Rest.STOPPED

    def test_it_is_stopped_at_once_where_memory_is_short(self) -> None:
        [sleep] = decide(view(LIVE, reports=(READY,), is_short_of_memory=True))

        assert isinstance(sleep, Sleep)
        assert sleep.depth is Rest.STOPPED

    @pytest.mark.parametrize(
        "values",
        [
            {"of": space(last_use_at=ago(599))},
            {"of": space(rebuild_requested="rebuild")},
            {"of": space(rest_since=ago(10))},
            {"gateways": (GatewayReport(gateway_id="g", routes_version=1, busy={"instance": 1}),)},
            {"builds": (make_build(),)},
            {"may_sleep": False},
            {"rules": Rules(sleep_seconds=None, freeze_seconds=3600)},
        ],
        ids=["used lately", "rebuild", "woken lately", "open stream", "build", "use unknown", "never sleeps"],
    )
    def test_it_stays_awake(self, values: dict[str, Any]) -> None:
        assert decide(view(LIVE, reports=(READY,), **values)) == []

    def test_it_stays_awake_during_a_swap(self) -> None:
        draining = make_instance(id="old", role=Role.DRAINING, swap_version=5)
        behind = GatewayReport(gateway_id="g", routes_version=4)

        assert decide(view(LIVE, draining, reports=(READY,), gateways=(behind,))) == []


class TestFrozen:
    def test_it_is_frozen_only_when_gateways_have_let_go(self) -> None:
        leaving = make_instance(role=Role.LIVE, swap_version=5)
        behind, ahead = (GatewayReport(gateway_id="g", routes_version=version) for version in (4, 5))
        busy = GatewayReport(gateway_id="g", routes_version=5, busy={"instance": 1})
        of = asleep(Rest.FROZEN)

        assert not should_be_frozen(view(leaving, of=of, gateways=(behind,)), leaving)
        assert not should_be_frozen(view(leaving, of=of, gateways=(busy,)), leaving)
        assert is_letting_go(view(leaving, of=of, gateways=(busy,)))
        assert should_be_frozen(view(leaving, of=of, gateways=(ahead,)), leaving)
        assert not is_letting_go(view(leaving, of=of, gateways=(ahead,)))

    def test_it_keeps_its_instance_and_serves_nobody(self) -> None:
        frozen = view(LIVE, of=asleep(Rest.FROZEN), reports=(FROZEN,))

        assert decide(frozen) == []
        assert not is_serving(frozen)

    def test_after_a_while_it_is_stopped(self) -> None:
        [sleep] = decide(view(LIVE, of=asleep(Rest.FROZEN, ago(3600)), reports=(FROZEN,)))

        assert sleep == Sleep(Rest.STOPPED, "nobody used it for 10 min; stopped after 1 h in the freezer")

    def test_it_is_stopped_when_memory_is_short(self) -> None:
        [sleep] = decide(view(LIVE, of=asleep(Rest.FROZEN), reports=(FROZEN,), is_short_of_memory=True))

        assert sleep == Sleep(Rest.STOPPED, "nobody used it for 10 min; stopped because memory was short")

    @pytest.mark.parametrize("state", [InstanceState.EXITED, InstanceState.STARTING])
    def test_one_whose_process_is_gone_counts_as_stopped_and_not_as_crashed(self, state: InstanceState) -> None:
        gone = make_report("instance", state, exit_code=137)

        decided = decide(view(LIVE, of=asleep(Rest.FROZEN), reports=(gone,)))

        assert decided == [Sleep(Rest.STOPPED, "nobody used it for 10 min; its process is gone")]
        assert not any(isinstance(action, Crash) for action in decided)


class TestStopped:
    def test_gateways_let_go_of_it_before_it_is_removed(self) -> None:
        assert decide(view(LIVE, of=asleep(Rest.STOPPED), reports=(READY,))) == [Retire(LIVE)]

    def test_nothing_is_started(self) -> None:
        assert decide(view(of=asleep(Rest.STOPPED))) == []

    def test_a_candidate_is_removed(self) -> None:
        candidate = make_instance()

        assert decide(view(candidate, of=asleep(Rest.STOPPED))) == [Remove(candidate, "the Space went to sleep")]


class TestWaking:
    @pytest.mark.parametrize("rest", [Rest.FROZEN, Rest.STOPPED])
    def test_a_visit_wakes_it(self, rest: Rest) -> None:
        assert decide(view(of=asleep(rest), is_visited=True)) == [Wake()]

    @pytest.mark.parametrize("desired", [Desired.PAUSED, Desired.STOPPED, Desired.SUSPENDED])
    def test_a_visit_wakes_nothing_that_was_stopped_by_somebody(self, desired: Desired) -> None:
        assert decide(view(of=asleep(Rest.STOPPED, desired=desired), is_visited=True)) == []

    def test_a_visit_starts_nothing_that_has_failed(self) -> None:
        failed = space(failed_generation=1, start_failure="it ends at once")

        assert decide(view(of=failed, is_visited=True)) == []

    def test_a_thawed_instance_serves_only_when_its_runner_says_so(self) -> None:
        waking = space(wake_tries=1, rest_since=ago(1))

        assert not is_serving(view(LIVE, of=waking, reports=(FROZEN,)))
        assert not is_serving(view(LIVE, of=waking))
        assert is_serving(view(LIVE, of=waking, reports=(READY,)))

    def test_how_long_it_took_is_measured(self) -> None:
        waking = space(wake_tries=1, rest_since=ago(2))
        fresh = make_instance(role=Role.LIVE, host="127.0.0.1", port=9000, ready_at=NOW)

        assert decide(view(LIVE, of=waking, reports=(READY,))) == [Woken(2.0, was_frozen=True)]
        assert decide(view(fresh, of=waking, reports=(READY,))) == [Woken(2.0, was_frozen=False)]

    def test_one_start_serves_all_who_wait(self) -> None:
        waking = space(wake_tries=1, rest_since=ago(1), generation=2)
        candidate = make_instance(generation=2)

        assert decide(view(of=waking, is_visited=True)) == [StartCandidate(make_release(), 2)]
        assert decide(view(candidate, of=waking, is_visited=True)) == []

    def test_an_instance_that_does_not_thaw_is_replaced(self) -> None:
        waking = space(wake_tries=1, rest_since=ago(21))

        assert decide(view(LIVE, of=waking, reports=(FROZEN,))) == [Replace(LIVE)]

    def test_one_that_a_failed_push_left_serving_is_replaced_too(self) -> None:
        """Nothing else would be started: the Space would be waking for ever."""
        waking = space(wake_tries=1, rest_since=ago(21), generation=2, failed_generation=2)

        assert decide(view(LIVE, of=waking, reports=(FROZEN,))) == [Replace(LIVE)]


def test_sleep_time_is_the_spaces_own_or_that_of_its_hardware() -> None:
    flavors = Flavors(HardwareFlavor("big", "Big", cpus=1, memory_bytes=1))

    assert sleep_seconds_of(make_space(), BUILT_IN) == 48 * 3600
    assert sleep_seconds_of(make_space(sleep_seconds=60), BUILT_IN) == 60
    assert sleep_seconds_of(make_space(sleep_seconds=-1), BUILT_IN) is None
    assert sleep_seconds_of(make_space(hardware="big"), flavors) is None
    assert sleep_seconds_of(make_space(sdk="static", sleep_seconds=60), BUILT_IN) is None


def test_the_page_can_say_when_it_will_sleep() -> None:
    running = space(stage=Stage.RUNNING, sleep_seconds=900, last_use_at=ago(300))

    assert sleeps_at(running, BUILT_IN) == ago(-600)
    assert sleeps_at(make_space(stage=Stage.RUNNING, sleep_seconds=-1), BUILT_IN) is None
    assert sleeps_at(asleep(Rest.FROZEN, stage=Stage.SLEEPING), BUILT_IN) is None
    assert sleeps_at(make_space(stage=Stage.PAUSED, desired=Desired.PAUSED), BUILT_IN) is None
