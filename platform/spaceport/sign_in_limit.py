"""Slows down guessing of passwords, and whatever else nobody does often."""

import threading
from datetime import datetime, timedelta

from spaceport.errors import TooManyAttempts

MAX_FAILURES = 10
WINDOW = timedelta(minutes=10)
_MAX_KEYS = 10_000


class SignInLimit:
    """``most`` failures of the last minutes per key, in memory: a restart of the hub forgets them, which is fine."""

    def __init__(self, failures: str = "failed sign-ins", most: int = MAX_FAILURES) -> None:
        self._words = failures
        self._most = most
        self._lock = threading.Lock()
        self._failures: dict[str, list[datetime]] = {}

    def check(self, key: str, now: datetime) -> None:
        """Raises: TooManyAttempts."""
        with self._lock:
            recent = self._recent(key, now)
        if len(recent) >= self._most:
            seconds = int(WINDOW.total_seconds())
            left = int((recent[0] + WINDOW - now).total_seconds()) + 1
            message = f"too many {self._words}: wait {seconds // 60} minutes and try again"
            raise TooManyAttempts(message, left, self._most, seconds)

    def add(self, key: str, now: datetime) -> None:
        with self._lock:
            if len(self._failures) >= _MAX_KEYS:
                self._failures = {key: times for key in list(self._failures) if (times := self._recent(key, now))}
            if len(self._failures) >= _MAX_KEYS:
                # Still full of fresh failures: somebody sprays names. Forget the oldest half.
                self._failures = dict(list(self._failures.items())[_MAX_KEYS // 2 :])
            self._failures[key] = [*self._recent(key, now), now]

    def forget(self, key: str) -> None:
        with self._lock:
            self._failures.pop(key, None)

    def _recent(self, key: str, now: datetime) -> list[datetime]:
        return [at for at in self._failures.get(key, []) if now - at < WINDOW][-self._most :]
