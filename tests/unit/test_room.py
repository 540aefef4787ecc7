"""Who may start now, who waits, and behind whom."""

from typing import Any

from spaceport.domain.room import Claim, Size, Spot, Tenant, line, spot_of, spot_words
from spaceport.domain.words import duration_words, memory_words
from spaceport.rollout.actions import GiveUp, MakeRoom, StartCandidate, StopWaiting, Wait
from spaceport.rollout.decide import decide
from spaceport.rollout.view import Rules, View
from tests.unit.factories import NOW, ago, make_release, make_space

GIB = 1024**3
SMALL, LARGE = Size(4 * GIB, 2), Size(8 * GIB, 4)
HOUSE = Size(12 * GIB, 6)


def claim(space_id: str = "new", owner_id: str = "ada", **values: Any) -> Claim:
    return Claim(**{"space_id": space_id, "owner_id": owner_id, "size": SMALL, "since": ago(10)} | values)


def tenant(space_id: str, owner_id: str = "bob", **values: Any) -> Tenant:
    return Tenant(**{"space_id": space_id, "owner_id": owner_id, "size": SMALL} | values)


def three(**values: Any) -> list[Tenant]:
    return [tenant(name, **values) for name in ("a", "b", "c")]


class TestPlace:
    def test_there_is_room(self) -> None:
        assert spot_of(claim(), [], three()[:2], HOUSE) == Spot(True, SMALL)

    def test_a_full_house_is_a_queue(self) -> None:
        tenants = [*three()[:2], tenant("c", sleeps_at=ago(-240))]

        spot = spot_of(claim(), [claim("first", "eve", since=ago(60))], tenants, HOUSE)

        assert (spot.is_free, spot.ahead, spot.next_sleep_at) == (False, 1, ago(-240))

    def test_processors_run_out_too(self) -> None:
        assert not spot_of(claim(size=Size(GIB, 1)), [], three(), HOUSE).is_free

    def test_the_longest_asleep_make_room_and_no_more_of_them_than_needed(self) -> None:
        asleep = [tenant("young", frozen_since=ago(5)), tenant("old", frozen_since=ago(50)), tenant("up")]

        assert spot_of(claim(), [], asleep, HOUSE).sleepers == ("old",)
        assert spot_of(claim(size=LARGE), [], asleep, HOUSE).sleepers == ("old", "young")

    def test_sleepers_are_left_alone_when_they_cannot_help(self) -> None:
        asleep = [tenant("asleep", frozen_since=ago(5)), *three()[:2]]

        assert spot_of(claim(size=LARGE), [], asleep, HOUSE).sleepers == ()

    def test_who_leaves_anyway_is_counted_before_sleepers_are_stopped(self) -> None:
        tenants = [tenant("asleep", frozen_since=ago(5)), tenant("leaving", is_leaving=True), tenant("up")]

        spot = spot_of(claim(), [], tenants, HOUSE)

        assert (spot.is_free, spot.sleepers) == (False, ())

    def test_nobody_overtakes(self) -> None:
        large = claim("large", "eve", since=ago(60), size=LARGE)

        spot = spot_of(claim(), [large], three()[:2], HOUSE)

        assert (spot.is_free, spot.ahead) == (False, 1)

    def test_gpus_are_counted_and_nobody_else_waits_for_them(self) -> None:
        house, with_gpu = Size(64 * GIB, 32, 1), Size(4 * GIB, 2, 1)
        holder = tenant("a", size=with_gpu)

        assert spot_of(claim(size=with_gpu), [], [], house).is_free
        assert not spot_of(claim(size=with_gpu), [], [holder], house).is_free
        assert spot_of(claim(), [], [holder, holder], house).is_free
        assert spot_of(claim(size=with_gpu), [], [], HOUSE).fits_never
        assert "4 GiB of memory, 2 cpus and 1 GPU" in spot_words(Spot(False, with_gpu), NOW)

    def test_what_is_larger_than_the_house_never_fits(self) -> None:
        assert spot_of(claim(size=Size(16 * GIB, 1)), [], [], HOUSE).fits_never


class TestLine:
    def names(self, one: Claim, *others: Claim, tenants: tuple[Tenant, ...] = ()) -> list[str]:
        return [each.space_id for each in line(one, others, tenants)]

    def test_owners_take_turns(self) -> None:
        first, second, third = (claim(f"ada{number}", since=ago(90 - number)) for number in range(3))

        assert self.names(claim("eve0", "eve"), first, second, third) == ["ada0", "eve0", "ada1", "ada2"]

    def test_who_has_the_least_running_comes_first(self) -> None:
        early = claim("ada0", since=ago(90))

        assert self.names(claim("eve0", "eve"), early, tenants=(tenant("up", "ada"),)) == ["eve0", "ada0"]

    def test_what_ran_a_moment_ago_comes_back_first(self) -> None:
        assert self.names(claim("back", is_back=True), claim("early", "eve", since=ago(90))) == ["back", "early"]


class TestWords:
    def test_they_name_size_turn_and_estimate(self) -> None:
        spot = Spot(False, SMALL, ahead=2, next_sleep_at=ago(-200))

        assert spot_words(spot, NOW) == (
            "waiting for 4 GiB of memory and 2 cpus, 2 ahead; the next idle Space may sleep in 4 min"
        )

    def test_they_say_when_nobody_sleeps(self) -> None:
        assert "next in line; no running Space goes to sleep" in spot_words(Spot(False, SMALL), NOW)

    def test_durations_and_sizes(self) -> None:
        seconds = (0, 5, 60, 90, 3600, 5400, 48 * 3600, 30 * 86_400)

        assert [duration_words(each) for each in seconds] == [
            "1 s", "5 s", "1 min", "90 s", "1 h", "90 min", "48 h", "30 days"
        ]  # fmt: skip
        assert [memory_words(each) for each in (4 * GIB, 1.5 * GIB, GIB / 2)] == ["4 GiB", "1.5 GiB", "512 MiB"]


class TestDecision:
    FULL = Spot(False, SMALL)

    def view(self, spot: Spot | None, **values: Any) -> View:
        space = make_space(**{"generation": 1, "target_release_id": "release"} | values)
        return View(
            space=space,
            target=make_release(),
            needs_instance=True,
            instances=(),
            reports={},
            gateways=(),
            crashes=0,
            now=NOW,
            rules=Rules(room_seconds=100),
            spot=spot,
        )

    def test_it_starts_where_there_is_room_or_nobody_knows(self) -> None:
        start = [StartCandidate(make_release(), 1)]

        assert decide(self.view(Spot(True, SMALL))) == start
        assert decide(self.view(None)) == start

    def test_it_takes_its_place_once(self) -> None:
        assert decide(self.view(self.FULL)) == [Wait()]
        assert decide(self.view(self.FULL, waiting_since=ago(10))) == []

    def test_sleepers_make_room_for_it(self) -> None:
        assert decide(self.view(Spot(False, SMALL, sleepers=("a",)), waiting_since=ago(10))) == [MakeRoom(("a",))]

    def test_it_does_not_wait_for_ever(self) -> None:
        [given_up] = decide(self.view(self.FULL, waiting_since=ago(100)))

        assert isinstance(given_up, GiveUp)
        assert "no room to start it for 100 s" in given_up.cause

    def test_what_never_fits_is_told_at_once(self) -> None:
        [given_up] = decide(self.view(Spot(False, SMALL, fits_never=True)))

        assert isinstance(given_up, GiveUp)
        assert "smaller hardware" in given_up.suggestion

    def test_it_leaves_the_line_when_it_need_not_start(self) -> None:
        assert decide(self.view(None, waiting_since=ago(1), missing_secrets=["KEY"])) == [StopWaiting()]
