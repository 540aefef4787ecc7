"""Runners that give no sign of life: since when, and what is said of the Spaces they run."""

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

    After ``patience_seconds`` it is not called running any more. Its visitors are sent to it all the same.
    """

    runner_id: str
    since: datetime
    patience_seconds: int

    @property
    def ends_at(self) -> datetime:
        return self.since + timedelta(seconds=self.patience_seconds)

    def is_over(self, now: datetime) -> bool:
        """Whether what it runs is not called running any more."""
        return now >= self.ends_at

    def words(self, now: datetime) -> str:
        since = f"{self.since:%H:%M} UTC"
        if self.is_over(now):
            return (
                f"its machine {self.runner_id} has said nothing since {since}, for more than "
                f"{duration_words(self.patience_seconds)}: visitors are still sent to it, should the app answer or not"
            )
        return (
            f"its machine {self.runner_id} has said nothing since {since}: visitors are still sent to it, but nobody "
            "looks after the app, and it is not called running any more when the time is over"
        )


class Silences:
    """Remembers from look to look who is missed; a new controller begins to count anew."""

    def __init__(self, patience_seconds: int) -> None:
        self._patience_seconds = patience_seconds
        self._missed_since: dict[str, datetime] = {}

    def note(self, needed: Collection[str], alive: Collection[str], now: datetime) -> Mapping[str, Silence]:
        """The silent ones among the runners that are needed, by their ids; without those missed just now."""
        self._missed_since = {each: self._missed_since.get(each, now) for each in needed if each not in alive}
        grace = timedelta(seconds=GRACE_SECONDS)
        return {
            runner_id: Silence(runner_id, since, max(self._patience_seconds, GRACE_SECONDS))
            for runner_id, since in self._missed_since.items()
            if now - since >= grace
        }
