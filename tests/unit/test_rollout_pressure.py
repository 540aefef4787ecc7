"""Which sleeper gives back its memory first."""

from spaceport.rollout.pressure import Sleeper, first_to_stop, short_runners
from tests.unit.factories import ago, make_runner


def test_a_machine_is_short_above_the_limit_only() -> None:
    assert short_runners(
        [make_runner(runner_id=name, memory_used_bytes=used) for name, used in (("a", 801), ("b", 800))], 80
    ) == {"a"}


def test_the_one_that_sleeps_longest_is_stopped_on_each_short_machine() -> None:
    sleepers = [
        Sleeper("young", "a", ago(10)),
        Sleeper("old", "a", ago(100)),
        Sleeper("elsewhere", "b", ago(1000)),
    ]

    assert first_to_stop(frozenset({"a"}), sleepers) == {"old"}
    assert first_to_stop(frozenset(), sleepers) == frozenset()
