"""Sleep and wake as the controller carries them out: rows, wanted instances and routes, pass by pass."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from spaceport.domain.instance import Instance, Role
from spaceport.domain.release import ReleaseStatus
from spaceport.domain.route import Activity, GatewayReport, Route
from spaceport.domain.space import Rest
from spaceport.domain.stage import Stage
from spaceport.rollout.step import RolloutStep
from spaceport_runner.contract import InstanceReport, InstanceSpec, InstanceState, RunnerReport
from spaceport_runner.template import load_templates
from tests.unit.factories import NOW, make_instance, make_release, make_report, make_runner, make_space
from tests.unit.services import Bench, make_bench

GIB = 1024**3


class StandingClock:
    def __init__(self) -> None:
        self.moment = NOW

    def now(self) -> datetime:
        return self.moment


class RememberingFleet:
    """Machines that do at once what they are told."""

    def __init__(self) -> None:
        self.told: dict[str, dict[str, InstanceSpec]] = {}
        self.reports: dict[str, InstanceReport] = {}
        self.runner_ids = ["local"]
        self.memory_bytes = 16 * GIB
        self.noted: dict[str, datetime] = {}

    @property
    def wanted(self) -> dict[str, InstanceSpec]:
        return {instance_id: spec for specs in self.told.values() for instance_id, spec in specs.items()}

    def runners(self) -> list[RunnerReport]:
        memory = {"memory_bytes": self.memory_bytes, "memory_used_bytes": GIB}
        return [make_runner(runner_id=each, cpus=1000, **memory) for each in self.runner_ids]

    def want(self, runner_id: str, specs: Sequence[InstanceSpec], spared: Collection[str] = ()) -> None:
        kept = [spec for spec in self.told.get(runner_id, {}).values() if spec.space_id in spared]
        self.told[runner_id] = {spec.instance_id: spec for spec in [*kept, *specs]}

    def observed(self, runner_ids: Sequence[str]) -> dict[str, InstanceReport]:
        return self.reports

    def missed(self) -> dict[str, datetime]:
        return self.noted

    def note_missed(self, missed: Mapping[str, datetime]) -> None:
        self.noted = dict(missed)

    def obey(self) -> None:
        self.reports = {
            spec.instance_id: make_report(spec.instance_id, InstanceState.READY, is_frozen=spec.frozen)
            for spec in self.wanted.values()
        }


class RememberingRoutes:
    """One gateway that sees every change at once."""

    def __init__(self) -> None:
        self.routes: dict[str, Route] = {}
        self.visited: dict[str, float] = {}
        self.seen_version = 1

    def publish(self, routes: Mapping[str, Route], spared: Collection[str] = ()) -> int:
        routes = {key: self.routes[key] for key in self.routes.keys() & set(spared)} | dict(routes)
        if routes != self.routes:
            self.routes, self.seen_version = dict(routes), self.seen_version + 1
        return self.seen_version

    def version(self) -> int:
        return self.seen_version

    def published(self) -> list[Route]:
        return []

    def gateways(self) -> list[GatewayReport]:
        return [GatewayReport(gateway_id="g", routes_version=self.seen_version)]

    def activity(self) -> dict[str, Activity]:
        return {}

    def wakes(self) -> dict[str, float]:
        return dict(self.visited)

    def forget_wakes(self, space_ids: Iterable[str]) -> None:
        for space_id in space_ids:
            self.visited.pop(space_id, None)


class House:
    """A Space that runs, and the controller's step that looks after it."""

    def __init__(self, tmp_path: Path, wake_patience_seconds: float = 60) -> None:
        self.bench: Bench = make_bench(tmp_path, sleep_seconds=60, has_app=True)
        release = self.bench.release()
        with self.bench.services.database.begin() as tx:
            tx.instances.add(
                make_instance(release_id=release.id, role=Role.LIVE, host="127.0.0.1", port=9000, ready_at=NOW)
            )
        self.clock, self.fleet, self.routes = StandingClock(), RememberingFleet(), RememberingRoutes()
        self.fleet.reports = {"instance": make_report("instance", InstanceState.READY)}
        self._wake_patience_seconds = wake_patience_seconds
        self.restart_controller()

    def restart_controller(self) -> None:
        services = self.bench.services
        self.step = RolloutStep(
            services.settings,
            services.database,
            self.fleet,  # type: ignore[arg-type]
            self.routes,
            services.events,
            self.clock,
            load_templates(services.settings.templates_dir),
            services.internal_secret,
            self._wake_patience_seconds,
        )

    @property
    def route(self) -> Route:
        return self.routes.routes["space"]

    @property
    def instances(self) -> list[Instance]:
        with self.bench.services.database.read() as tx:
            return tx.instances.of_space("space")[::-1]

    def full_pass(self, later_seconds: float = 0) -> None:
        self.clock.moment += timedelta(seconds=later_seconds)
        world = self.step.look(is_use_known=True)
        self.step.bring_all_forward(world)
        self.step.publish(world)

    def tick(self) -> None:
        """What a report or an event brings about."""
        world = self.step.look()
        for space_id in self.step.in_motion():
            self.step.bring_forward(space_id, world)
        self.step.publish(world)

    def visit(self) -> None:
        self.routes.visited["space"] = self.clock.moment.timestamp()
        self.step.wake_visited()


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.full_pass()
    assert house.route.upstream is not None
    return house


def test_gateways_let_go_before_it_is_frozen(house: House) -> None:
    house.full_pass(61)

    assert house.bench.space.stage is Stage.SLEEPING
    assert (house.route.upstream, house.route.wakes_on_visit) == (None, True)
    assert not house.fleet.wanted["instance"].frozen

    house.tick()

    assert house.fleet.wanted["instance"].frozen


def test_a_visit_thaws_the_same_instance_without_a_full_pass(house: House) -> None:
    house.full_pass(61)
    house.tick()
    house.fleet.obey()

    house.visit()

    assert house.routes.visited == {}
    assert not house.fleet.wanted["instance"].frozen
    assert (house.route.upstream, house.route.wakes_on_visit) == (None, True)

    house.fleet.obey()
    house.tick()

    assert house.route.upstream is not None
    assert house.bench.space.thaw_seconds == 0
    assert len(house.instances) == 1


def test_after_an_hour_it_is_stopped_and_ten_visits_start_one_instance(house: House) -> None:
    house.full_pass(61)
    house.full_pass(3600)
    house.tick()

    assert house.bench.space.rest is Rest.STOPPED
    assert house.fleet.wanted == {}

    for _ in range(10):
        house.visit()
    assert [instance.role for instance in house.instances] == [Role.GONE, Role.CANDIDATE]

    house.fleet.obey()
    house.tick()

    assert house.route.upstream is not None
    assert house.bench.space.wake_seconds == 0
    assert house.bench.space.stage is Stage.RUNNING


def test_nobody_wakes_what_its_owner_paused(house: House) -> None:
    house.full_pass(61)
    house.bench.update(desired="paused", stop_reason="paused by ada")

    house.visit()

    assert house.bench.space.stage is Stage.PAUSED
    assert not house.route.wakes_on_visit
    assert house.fleet.wanted == {}


def test_everything_it_went_through_is_in_the_history(house: House) -> None:
    house.full_pass(61)
    house.visit()
    house.fleet.obey()
    house.tick()

    assert [told.partition(":")[0] for told in house.bench.told] == ["RUNNING", "SLEEPING", "RUNNING"]


def test_a_wake_in_the_middle_of_a_pass_lets_nobody_go_too_early(tmp_path: Path) -> None:
    """The routes it publishes do not have what is decided after it."""
    house = House(tmp_path, wake_patience_seconds=0)
    second = make_space(id="second", name="second", subdomain="ada-second", created_at=NOW + timedelta(seconds=1))
    with house.bench.services.database.begin() as tx:
        tx.spaces.add(replace(second, loopback_address="127.64.0.2", sleep_seconds=100, has_app=True, generation=1))
        tx.releases.add(make_release(id="other", space_id="second", status=ReleaseStatus.LIVE, live_at=NOW))
        tx.instances.add(make_instance(id="b", space_id="second", release_id="other", role=Role.LIVE, ready_at=NOW))
        tx.spaces.update("second", target_release_id="other", last_use_at=NOW)
    house.fleet.reports["b"] = make_report("b", InstanceState.READY, space_id="second")
    house.full_pass()
    house.full_pass(61)
    house.clock.moment += timedelta(seconds=61)
    world = house.step.look(is_use_known=True)
    house.routes.visited["space"] = house.clock.moment.timestamp()
    house.step.bring_all_forward(world)
    published = house.routes.version()
    with house.bench.services.database.read() as tx:
        found, sleeper = tx.instances.get("b"), tx.spaces.get("second")

    assert sleeper is not None
    assert sleeper.is_asleep
    assert found is not None
    assert (found.swap_version or 0) == published + 1


def test_the_copy_before_a_deployment_is_told_and_has_its_own_deadline(house: House) -> None:
    house.bench.release(2, status=ReleaseStatus.STARTING, live_at=None)
    house.full_pass(1)
    candidate = house.instances[-1].id
    until = house.clock.moment + timedelta(seconds=5000)
    copying = {"phase": "copying /data (3.2 GiB)", "phase_until": until.timestamp()}
    house.fleet.reports[candidate] = make_report(candidate, InstanceState.STARTING, **copying)
    house.full_pass(4000)

    told = house.bench.space
    assert told.stage is Stage.RUNNING_BUILDING
    assert (told.stage_reason, told.stage_deadline_at) == ("copying /data (3.2 GiB)", until)

    over = house.clock.moment
    house.fleet.reports[candidate] = make_report(candidate, InstanceState.STARTING, prepared_at=over.timestamp())
    house.full_pass(1)

    starting = house.bench.space
    assert (starting.stage_reason, starting.stage_deadline_at) == (
        "waiting for the app to answer",
        over + timedelta(seconds=300),
    )


def test_where_an_app_listens_instead_is_told_while_it_is_waited_for(house: House) -> None:
    house.bench.release(2, status=ReleaseStatus.STARTING, live_at=None)
    house.full_pass(1)
    candidate = house.instances[-1].id
    elsewhere = "it listens on port 8000 instead so far, not on 0.0.0.0:7860"
    house.fleet.reports[candidate] = make_report(candidate, InstanceState.STARTING, reason=elsewhere)
    house.full_pass(1)

    assert house.bench.space.stage_reason == f"waiting for the app to answer: {elsewhere}"


@pytest.mark.parametrize("is_new", [False, True], ids=["the controller goes on", "the controller is started anew"])
def test_a_space_that_nobody_can_decide_about_keeps_what_it_has_and_no_other_from_being_looked_after(
    house: House, is_new: bool
) -> None:
    """Its row came from a newer Spaceport, say."""
    broken = make_space(id="broken", name="broken", subdomain="broken", loopback_address="127.64.0.2", sleep_seconds=-1)
    with house.bench.services.database.begin() as tx:
        tx.spaces.add(replace(broken, has_app=True, generation=1))
        tx.releases.add(make_release(id="odd", space_id="broken", status=ReleaseStatus.LIVE, live_at=NOW))
        tx.instances.add(make_instance(id="b", space_id="broken", release_id="odd", role=Role.LIVE, ready_at=NOW))
        tx.spaces.update("broken", target_release_id="odd")
    house.full_pass()
    route = house.routes.routes["broken"]
    with house.bench.services.database.begin() as tx:
        tx.releases.update("odd", status="of another time")
    if is_new:
        house.restart_controller()

    house.full_pass(61)

    assert house.bench.space.stage is Stage.SLEEPING
    assert house.routes.routes["broken"] == route
    assert set(house.fleet.wanted) == {"instance", "b"}

    with house.bench.services.database.begin() as tx:
        tx.spaces.update("broken", stage=Stage.APP_STARTING, stage_deadline_at=house.clock.moment)
    house.full_pass(1)
    with house.bench.services.database.read() as tx:
        found = tx.spaces.get("broken")

    assert found is not None
    assert (found.stage, found.stage_deadline_at) == (Stage.RUNTIME_ERROR, None)


class TestSilentRunner:
    """The rows and the reports stay; only the signs of life end."""

    @pytest.fixture
    def kept(self, house: House) -> House:
        """It never sleeps, and was seen by a pass with its runner."""
        house.bench.update(sleep_seconds=-1)
        house.full_pass()
        return house

    def test_a_runner_that_is_back_soon_was_never_away(self, kept: House) -> None:
        before = kept.bench.space
        for runner_ids, later in (([], 1), ([], 10), (["local"], 1)):
            kept.fleet.runner_ids = runner_ids
            kept.full_pass(later)

            now = kept.bench.space
            assert (now.stage, now.stage_reason, now.stage_since) == (Stage.RUNNING, None, before.stage_since)

    def test_the_stage_tells_of_it_and_visitors_are_sent_to_the_app_all_the_time(self, kept: House) -> None:
        upstream = kept.route.upstream
        kept.fleet.runner_ids = []
        kept.full_pass(1)
        missed_at = kept.clock.moment
        kept.full_pass(20)

        told = kept.bench.space
        assert told.stage is Stage.RUNNING
        assert "its machine local has said nothing since" in (told.stage_reason or "")
        assert told.stage_deadline_at == missed_at + timedelta(seconds=300)
        assert kept.route.upstream == upstream

        for _ in range(3):
            kept.full_pass(40_000)

            lost = kept.bench.space
            assert lost.stage is Stage.RUNTIME_ERROR
            assert "for more than 5 min: visitors are still sent to it" in (lost.stage_reason or "")
            assert kept.route.upstream == upstream

        kept.fleet.runner_ids = ["local"]
        kept.full_pass(1)

        back = kept.bench.space
        assert (back.stage, back.stage_reason, back.stage_deadline_at) == (Stage.RUNNING, None, None)
        assert kept.route.upstream == upstream
        assert len(kept.instances) == 1
        assert [told.partition(":")[0] for told in kept.bench.told] == ["RUNNING", "RUNTIME_ERROR", "RUNNING"]

    def test_what_a_silent_runner_runs_is_not_put_to_sleep(self, kept: House) -> None:
        kept.bench.update(sleep_seconds=60)
        kept.fleet.runner_ids = []
        kept.full_pass(1)
        kept.full_pass(20)

        kept.full_pass(3600)

        assert not kept.bench.space.is_asleep
        assert kept.route.upstream is not None

    def test_a_runner_that_is_back_without_the_app_takes_the_upstream_away(self, kept: House) -> None:
        kept.fleet.runner_ids = []
        kept.full_pass(1)
        kept.full_pass(400)
        kept.fleet.runner_ids = ["local"]
        kept.fleet.reports = {"instance": make_report("instance", InstanceState.EXITED, exit_code=1)}

        kept.full_pass(1)

        assert kept.route.upstream is None
        assert kept.bench.space.stage is Stage.APP_STARTING

    @pytest.mark.parametrize(("volume_bytes", "asked"), [(0, "rebuild"), (GIB, None)])
    def test_another_runner_takes_over_what_has_no_data(
        self, kept: House, volume_bytes: int, asked: str | None
    ) -> None:
        kept.bench.update(volume_bytes=volume_bytes, head_sha=kept.bench.releases[0].sha)
        kept.fleet.runner_ids = ["other"]
        kept.full_pass(1)
        kept.full_pass(299)
        assert kept.bench.space.rebuild_requested is None

        kept.full_pass(1)

        assert kept.bench.space.rebuild_requested == asked
        assert kept.route.upstream is not None

    def test_visitors_change_over_when_another_runner_has_it_up(self, kept: House) -> None:
        kept.fleet.runner_ids = ["other"]
        kept.full_pass(1)
        kept.full_pass(400)
        old = kept.route.upstream
        kept.bench.release(2, runner_id="other", status=ReleaseStatus.STARTING, live_at=None)
        kept.full_pass(1)
        assert kept.route.upstream == old
        kept.fleet.obey()
        newest = kept.instances[-1]
        kept.fleet.reports[newest.id] = make_report(newest.id, InstanceState.READY, port=9100)

        kept.full_pass(1)

        assert kept.route.upstream is not None
        assert kept.route.upstream.instance_id == newest.id
        assert (kept.bench.space.stage, kept.bench.space.stage_reason) == (Stage.RUNNING, None)
