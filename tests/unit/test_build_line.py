"""The line of waiting builds: whose turn it is, who stands where, and for how long."""

from datetime import timedelta

import pytest

from spaceport.build_line import room_for_builds
from spaceport.builds.patience import PATIENCE_SECONDS, Patience
from spaceport.domain.build import Build, BuildStatus
from spaceport.domain.line import Place, Room, expected_seconds, in_line, ordinal, places, to_hand_out
from spaceport.settings import Settings
from spaceport_runner.contract import RunnerReport
from tests.unit.factories import NOW, ago, make_build, make_runner

#: Spaces are named for their owners: ``ada-1`` is ada's.
OWNERS = {f"{owner}-{number}": owner for owner in ("ada", "bob", "eve") for number in range(10)}


def waiting(space_id: str, age_seconds: float, **values: object) -> Build:
    return make_build(id=space_id, space_id=space_id, created_at=ago(age_seconds), **values)


def running(space_id: str, since_seconds: float = 0) -> Build:
    began = ago(since_seconds)
    return waiting(space_id, 900, status=BuildStatus.RUNNING, started_at=began, handed_at=began)


def done(space_id: str, seconds: float) -> Build:
    return waiting(space_id, 9000, status=BuildStatus.SUCCEEDED, started_at=ago(8000), finished_at=ago(8000 - seconds))


def ids(builds: list[Build]) -> list[str]:
    return [build.id for build in builds]


def test_owners_take_turns() -> None:
    active = [waiting(f"ada-{number}", 100 - number) for number in range(4)] + [
        waiting("bob-0", 5),
        waiting("eve-0", 1),
    ]

    assert ids(in_line(active, OWNERS)) == ["ada-0", "bob-0", "eve-0", "ada-1", "ada-2", "ada-3"]


def test_who_has_a_build_running_stands_behind_who_has_none() -> None:
    active = [running("ada-0"), waiting("ada-1", 50), waiting("bob-0", 5)]

    assert ids(in_line(active, OWNERS)) == ["bob-0", "ada-1"]


def test_what_was_handed_out_keeps_its_turn() -> None:
    active = [waiting("ada-0", 50, handed_at=ago(1)), waiting("ada-1", 60, handed_at=ago(2)), waiting("bob-0", 70)]

    assert ids(in_line(active, OWNERS)) == ["ada-1", "ada-0", "bob-0"]


def test_no_more_is_handed_out_than_builders_take_and_one() -> None:
    active = [waiting(f"ada-{number}", 100 - number) for number in range(6)]

    assert ids(to_hand_out(active, OWNERS, Room(2))) == ["ada-0", "ada-1", "ada-2"]
    assert to_hand_out([running("bob-0"), running("bob-1"), running("bob-2"), *active], OWNERS, Room(2)) == []
    assert to_hand_out(active, OWNERS, Room(2, "the disk is full")) == []


def test_a_rush_of_one_owner_does_not_starve_another() -> None:
    active = [waiting(f"ada-{number}", 100 - number) for number in range(9)]
    served: list[str] = []
    for step in range(4):
        active.append(waiting(f"bob-{step}", 10 - step))
        turn = in_line(active, OWNERS)[0]
        served.append(OWNERS[turn.space_id])
        active = [build for build in active if build.status is BuildStatus.QUEUED and build is not turn]
        active.append(running(turn.space_id))

    assert served == ["ada", "bob", "ada", "bob"]


def test_the_estimate_counts_what_runs_and_who_is_ahead() -> None:
    finished = [done("bob-9", 60), done("ada-1", 100)]
    active = [running("bob-0", since_seconds=20), waiting("ada-1", 30), waiting("eve-0", 20)]

    found = places(active, OWNERS, finished, Room(1), NOW)

    # bob's build has run for 20 s of the 80 s that builds take here, ada's Space takes 100 s.
    assert found == {"ada-1": Place(1, 2, 60), "eve-0": Place(2, 2, 160)}
    assert found["eve-0"].words == "waiting for a free builder: 2nd of 2, about 3 min"


def test_a_second_builder_halves_the_wait() -> None:
    active = [running("bob-0"), waiting("ada-1", 30), waiting("eve-0", 20)]

    assert places(active, OWNERS, [done("bob-9", 60)], Room(2), NOW)["eve-0"].seconds == 60


def test_a_build_is_said_to_wait_only_where_no_builder_is_free() -> None:
    """Each push would say it otherwise: between the queue and the builder is a moment."""
    active = [running("bob-0"), waiting("ada-1", 3), waiting("eve-0", 2)]

    found = places(active, OWNERS, [], Room(2), NOW)
    of_nobody = places([waiting("ada-1", 60)], OWNERS, [], Room(2), NOW)
    kept_back = places([waiting("ada-1", 3)], OWNERS, [], Room(2, "the disk is full"), NOW)

    assert [found[each].words for each in ("ada-1", "eve-0")] == [
        "queued: the build starts in a moment",
        "waiting for a free builder: 2nd of 2",
    ]
    assert of_nobody["ada-1"].words == "waiting for a free builder"
    assert kept_back["ada-1"].words == "waiting: the disk is full"


def test_without_any_earlier_build_nothing_is_promised() -> None:
    active = [running("bob-0"), waiting("ada-1", 30), waiting("eve-0", 20)]

    assert places(active, OWNERS, [], Room(1), NOW)["eve-0"].words == "waiting for a free builder: 2nd of 2"


def test_a_space_is_expected_to_take_what_its_last_builds_took() -> None:
    finished = [done("ada-1", 10), done("bob-1", 500), done("ada-1", 30), done("ada-1", 20)]

    assert expected_seconds(waiting("ada-1", 0), finished) == 20
    assert expected_seconds(waiting("eve-1", 0), [done("ada-1", 10), done("bob-1", 30)]) == 20
    assert expected_seconds(waiting("eve-1", 0), []) is None


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (Place(1, 1), "waiting for a free builder"),
        (Place(1, 1, 0.0), "waiting for a free builder"),
        (Place(1, 3, 10), "waiting for a free builder: 1st of 3, less than a minute"),
        (Place(3, 5, 130), "waiting for a free builder: 3rd of 5, about 2 min"),
        (Place(12, 20, 9000), "waiting for a free builder: 12th of 20, about 2 h"),
        (Place(1, 1, 0.0, "the disk is full"), "waiting: the disk is full"),
    ],
)
def test_words_of_a_place(place: Place, words: str) -> None:
    assert place.words == words


def test_ordinals() -> None:
    assert [ordinal(number) for number in (1, 2, 3, 4, 11, 12, 21, 113)] == (
        ["1st", "2nd", "3rd", "4th", "11th", "12th", "21st", "113th"]
    )


def runner(name: str, free_bytes: int, builders: int = 2) -> RunnerReport:
    return make_runner(runner_id=name, disk_free_bytes=free_bytes, builders=builders)


def test_builders_of_all_runners_count_and_the_settings_while_none_reports() -> None:
    settings = Settings(builders=3, build_disk_bytes=1000)

    assert room_for_builds([runner("a", 5000), runner("b", 5000)], settings) == Room(4)
    assert room_for_builds([], settings) == Room(3)


def test_nothing_is_built_before_the_disk_is_full() -> None:
    settings = Settings(build_disk_bytes=2 * 1024**3)
    room = room_for_builds([runner("big", 10 * 1024**3), runner("small", 900 * 1024**2)], settings)

    assert room.obstacle == ("the disk of small is nearly full: 900 MiB are free, and builds start from 2.0 GiB on")
    assert places([waiting("ada-1", 1)], OWNERS, [], room, NOW)["ada-1"].words == f"waiting: {room.obstacle}"


def test_a_build_is_refused_when_the_disk_stays_full() -> None:
    patience, build = Patience(), waiting("ada-1", 9000)
    later = NOW + timedelta(seconds=PATIENCE_SECONDS + 1)
    patience.note(Room(1, "full"), NOW)

    assert not patience.is_over_for(build, NOW)
    assert patience.is_over_for(build, later)
    assert not patience.is_over_for(make_build(created_at=later), later)
    patience.note(Room(1), later)
    assert not patience.is_over_for(build, later)
