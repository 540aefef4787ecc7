"""Runners that give no sign of life: since when, and what is said of the Spaces they run. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from spaceport.domain.words import duration_words

#: Seconds after a missed sign of life before anything is said: a killed runner and an emptied Redis are back by then.
GRACE_SECONDS = 15


@dataclass(frozen=True)
class Silence:
    """
    ``since`` is when the runner was first missed. What it runs may well go on: instances outlive their runner.

    After ``patience_seconds`` nobody waits for it any more. Visitors of what it runs are sent to it all the same.
    """

    runner_id: str
    since: datetime
    patience_seconds: int

    @property
    def ends_at(self) -> datetime:
        return self.since + timedelta(seconds=self.patience_seconds)

    def is_told(self, now: datetime) -> bool:
        """Whether it is more than a runner that starts anew."""
        return (now - self.since).total_seconds() >= GRACE_SECONDS

    def is_over(self, now: datetime) -> bool:
        """Whether what it runs is not called running any more, and another one takes over what it should start."""
        return now >= self.ends_at

    def words(self, now: datetime) -> str:
        """Of a Space whose visitors are sent to it."""
        if self.is_over(now):
            return f"{self._begin(now)}: visitors are still sent to it, should the app answer or not"
        return (
            f"{self._begin(now)}: visitors are still sent to it, but nobody looks after the app, and it is not called "
            "running any more when the time is over"
        )

    def start_words(self, now: datetime) -> str:
        """Of a Space that should start there."""
        return f"{self._begin(now)}: the app starts as soon as it is back"

    def _begin(self, now: datetime) -> str:
        words = f"its machine {self.runner_id} has said nothing since {self.since:%H:%M} UTC"
        return f"{words}, for more than {duration_words(self.patience_seconds)}" if self.is_over(now) else words


def missed_since(
    known: Mapping[str, datetime], needed: Collection[str], alive: Collection[str], now: datetime
) -> dict[str, datetime]:
    """Those of the runners ``needed`` that are not ``alive``, and since when, from what was ``known`` before."""
    return {each: known.get(each, now) for each in needed if each not in alive}


def silences(missed: Mapping[str, datetime], patience_seconds: int) -> Mapping[str, Silence]:
    """By the runner's id. Nothing is given up before it is told."""
    patience = max(patience_seconds, GRACE_SECONDS)
    return {runner_id: Silence(runner_id, since, patience) for runner_id, since in missed.items()}
