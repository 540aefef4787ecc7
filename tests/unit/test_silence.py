"""A runner dies for good while people go on with their Spaces: each one moves, or says why it does not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from spaceport.domain.instance import Role
from spaceport.domain.release import ReleaseStatus
from spaceport.domain.space import Desired, Rest, Space
from spaceport.domain.stage import PASSING, Stage
from spaceport.rollout import commands
from spaceport.rollout.config_commands import set_variable
from spaceport_runner.contract import InstanceState
from tests.unit.factories import NOW, make_build, make_instance, make_release, make_report, make_space
from tests.unit.test_rollout_step import GIB, House

#: Seconds of silence after which nobody waits for a runner any more, as the settings have it.
PATIENCE = 300


class Street(House):
    """A Space for everything that its owner may do meanwhile; each runs on ``local``, and ``other`` is there too."""

    def __init__(self, folder: Path, volume_bytes: int) -> None:
        super().__init__(folder)
        self.bench.services = replace(self.bench.services, clock=self.clock)
        # Room is no question here.
        self.fleet.memory_bytes = 1000 * GIB
        self.asked = list(product(COMMANDS, ("nothing", "restart", "resume", "visit")))
        self._volume_bytes = volume_bytes
        for number in range(len(self.asked)):
            self._settle(number)
        self.full_pass(1)

    def space(self, number: int) -> Space:
        with self.bench.services.database.read() as tx:
            found = tx.spaces.get(f"space-{number}")
        assert found is not None
        return found

    def ask(self, turn: int) -> None:
        """The first or the second thing that each owner does."""
        for number, asked in enumerate(self.asked):
            COMMANDS[asked[turn]](self, self.space(number))

    def go_on(self, seconds: int) -> None:
        """Nobody waits for anything longer than was said."""
        for _ in range(0, seconds, 100):
            self.full_pass(100)
            for number, asked in enumerate(self.asked):
                space = self.space(number)
                if space.stage in PASSING and not space.rebuild_requested:
                    assert space.stage_deadline_at is not None, asked
                    assert space.stage_deadline_at > self.clock.now(), asked

    def _settle(self, number: int) -> None:
        space_id, name = f"space-{number}", f"demo-{number}"
        space = make_space(
            id=space_id, name=name, subdomain=name, loopback_address=f"127.64.1.{number}", sleep_seconds=-1
        )
        release = make_release(id=f"release-{number}", space_id=space_id, status=ReleaseStatus.LIVE, live_at=NOW)
        instance = make_instance(
            id=f"instance-{number}", space_id=space_id, release_id=release.id, role=Role.LIVE, host="h", port=1
        )
        with self.bench.services.database.begin() as tx:
            tx.spaces.add(replace(space, volume_bytes=self._volume_bytes, has_app=True, head_sha=release.sha))
            tx.releases.add(release)
            tx.instances.add(replace(instance, ready_at=NOW))
            tx.spaces.update(space_id, target_release_id=release.id, generation=1)
        self.fleet.reports[instance.id] = make_report(instance.id, InstanceState.READY, space_id=space_id)


def nothing(_street: Street, _space: Space) -> None:
    pass


def restart(street: Street, space: Space) -> None:
    commands.restart(street.bench.services, space, street.bench.owner)


def pause(street: Street, space: Space) -> None:
    commands.pause(street.bench.services, space, street.bench.owner)


def resume(street: Street, space: Space) -> None:
    commands.resume(street.bench.services, space, street.bench.owner)


def configure(street: Street, space: Space) -> None:
    set_variable(street.bench.services, space, street.bench.owner, "TIME", str(street.clock.now()))


def freeze(street: Street, space: Space) -> None:
    _sleep(street, space, Rest.FROZEN)


def stop(street: Street, space: Space) -> None:
    _sleep(street, space, Rest.STOPPED)


def visit(street: Street, space: Space) -> None:
    street.routes.visited[space.id] = street.clock.now().timestamp()
    street.step.wake_visited()


def _sleep(street: Street, space: Space, depth: Rest) -> None:
    """As if nobody had been there for long."""
    with street.bench.services.database.begin() as tx:
        tx.spaces.update(space.id, rest=depth, rest_since=street.clock.now())


COMMANDS: dict[str, Callable[[Street, Space], None]] = {
    each.__name__: each for each in (nothing, restart, pause, resume, configure, freeze, stop, visit)
}


@pytest.mark.parametrize("volume_bytes", [0, GIB], ids=["can move", "has data"])
@pytest.mark.parametrize("second_after", [100, PATIENCE], ids=["while it is missed", "when it is lost"])
def test_whatever_is_asked_meanwhile_a_space_moves_or_says_why_not(
    tmp_path: Path, volume_bytes: int, second_after: int
) -> None:
    street = Street(tmp_path, volume_bytes)
    street.fleet.runner_ids = ["other"]
    street.full_pass(1)
    street.full_pass(20)
    street.ask(0)
    street.go_on(second_after)
    street.ask(1)
    street.go_on(PATIENCE + 100)

    for number, asked in enumerate(street.asked):
        space = street.space(number)
        if space.desired is Desired.PAUSED:
            assert space.stage is Stage.PAUSED, asked
        elif space.is_asleep and not space.rebuild_requested:
            assert space.stage is Stage.SLEEPING, asked
        elif volume_bytes:
            assert space.stage is Stage.RUNTIME_ERROR, asked
            assert "has said nothing since" in (space.stage_reason or ""), asked
        else:
            assert (space.rebuild_requested, space.stage) == ("rebuild", Stage.BUILDING), asked

    street.fleet.runner_ids = ["local", "other"]
    for _ in range(2):
        street.full_pass(1)
        street.fleet.obey()
    street.full_pass(1)
    for number, asked in enumerate(street.asked):
        space = street.space(number)
        if space.desired is Desired.RUNNING and not space.is_asleep:
            assert space.stage is (Stage.RUNNING if volume_bytes else Stage.RUNNING_BUILDING), asked


class TestControllerThatIsKilledAgainAndAgain:
    def test_silence_is_counted_on(self, tmp_path: Path) -> None:
        house = House(tmp_path)
        house.bench.update(sleep_seconds=-1, head_sha=house.bench.releases[0].sha)
        house.full_pass()
        house.fleet.runner_ids = ["other"]
        for _ in range(PATIENCE // 5):
            house.restart_controller()
            house.full_pass(5)
        assert house.bench.space.stage is Stage.RUNNING

        house.restart_controller()
        house.full_pass(5)

        assert house.bench.space.rebuild_requested == "rebuild"
        assert [told.partition(":")[0] for told in house.bench.told if "RUNTIME" in told] == []

    def test_what_is_lost_is_lost_in_the_first_look_of_the_next_one(self, tmp_path: Path) -> None:
        house = House(tmp_path)
        house.bench.update(sleep_seconds=-1)
        house.fleet.runner_ids = []
        house.full_pass()
        house.full_pass(PATIENCE)
        assert house.bench.space.stage is Stage.RUNTIME_ERROR

        house.restart_controller()
        house.full_pass(1)

        assert house.bench.space.stage is Stage.RUNTIME_ERROR
        assert house.route.upstream is not None

    def test_a_runner_that_nobody_needs_any_more_is_forgotten(self, tmp_path: Path) -> None:
        house = House(tmp_path)
        house.fleet.noted = {"long gone": NOW}

        house.full_pass()

        assert house.fleet.noted == {}


def test_a_build_of_a_runner_that_is_missed_is_not_asked_for_again_and_again(tmp_path: Path) -> None:
    """Its builders live though its agent does not: the next build could be theirs again."""
    house = House(tmp_path)
    house.bench.update(sleep_seconds=-1, head_sha=house.bench.releases[0].sha)
    house.full_pass()
    house.fleet.runner_ids = ["other"]
    house.full_pass(1)
    with house.bench.services.database.begin() as tx:
        tx.builds.add(make_build(status="succeeded", created_at=house.clock.now() + timedelta(seconds=1)))

    house.full_pass(PATIENCE)

    assert house.bench.space.rebuild_requested is None
    assert house.bench.space.stage is Stage.RUNTIME_ERROR
