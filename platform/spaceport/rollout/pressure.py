"""Memory pressure: which sleeper gives back its memory first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from spaceport_runner.contract import RunnerReport


@dataclass(frozen=True)
class Sleeper:
    """A frozen Space: it holds memory on its runner's machine."""

    space_id: str
    runner_id: str
    since: datetime


def short_runners(runners: Iterable[RunnerReport], limit_percent: int) -> frozenset[str]:
    """Runners whose machine uses more of its memory than that."""
    return frozenset(
        runner.runner_id
        for runner in runners
        if runner.memory_bytes and runner.memory_used_bytes * 100 > runner.memory_bytes * limit_percent
    )


def first_to_stop(short: frozenset[str], sleepers: Sequence[Sleeper]) -> frozenset[str]:
    """
    Of each machine that is short of memory, the Space that sleeps longest.

    One at a time: what it gives back is seen in the machine's figures only when it is gone, and the next look follows
    in a few seconds.
    """
    oldest: dict[str, Sleeper] = {}
    for sleeper in sleepers:
        before = oldest.get(sleeper.runner_id)
        if sleeper.runner_id in short and (before is None or sleeper.since < before.since):
            oldest[sleeper.runner_id] = sleeper
    return frozenset(sleeper.space_id for sleeper in oldest.values())
