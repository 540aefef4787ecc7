"""Which sleeper gives back its memory first."""

from typing import Any

from spaceport.rollout.pressure import Sleeper, first_to_stop, short_runners
from spaceport_runner.contract import Capabilities, RunnerReport
from tests.unit.factories import ago

CAN = Capabilities(engine="fake", dockerfile=False, apt_packages=False, python_versions=())


def runner(runner_id: str, used_bytes: int, **values: Any) -> RunnerReport:
    return RunnerReport(
        runner_id=runner_id,
        capabilities=CAN,
        started_at=0,
        reported_at=0,
        cpus=2,
        cpu_percent=0,
        memory_bytes=1000,
        memory_used_bytes=used_bytes,
        disk_free_bytes=0,
        builders=1,
    ).model_copy(update=values)


def test_a_machine_is_short_above_the_limit_only() -> None:
    assert short_runners([runner("a", 801), runner("b", 800)], 80) == {"a"}


def test_the_one_that_sleeps_longest_is_stopped_on_each_short_machine() -> None:
    sleepers = [
        Sleeper("young", "a", ago(10)),
        Sleeper("old", "a", ago(100)),
        Sleeper("elsewhere", "b", ago(1000)),
    ]

    assert first_to_stop(frozenset({"a"}), sleepers) == {"old"}
    assert first_to_stop(frozenset(), sleepers) == frozenset()
