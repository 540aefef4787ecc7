"""The line of those that want to fetch something large: a few at once, in the order in which they came."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from spaceport_runner.hub_answers import FetchCancelled

#: Fetches that may be in progress at the same time.
FETCHES_AT_ONCE = 4
#: Seconds between two looks at whether who waits is still wanted.
_LOOK_SECONDS = 0.1


class LineTooSlow(Exception):
    """Those ahead took longer than they may take."""


class FetchLine:
    """Those that fetch and those that wait. May be used from several threads."""

    def __init__(self, at_once: int = FETCHES_AT_ONCE) -> None:
        self._at_once = at_once
        self._changed = threading.Condition()
        #: Those who came first are in progress, as many as may be. Each with the seconds it may take.
        self._line: dict[object, float] = {}

    @property
    def seconds(self) -> float:
        """How long all that are in it may take, one after the other."""
        with self._changed:
            return sum(self._line.values())

    @contextmanager
    def place(self, seconds: float, cancelled: threading.Event, wait: Callable[[float], None]) -> Iterator[None]:
        """
        A place for a fetch that may take so many ``seconds``; ``wait`` is told how long it may take to get one.

        Raises: FetchCancelled when ``cancelled`` is set while waiting, LineTooSlow.
        """
        ticket = object()
        with self._changed:
            patience = sum(self._line.values())
            self._line[ticket] = seconds
            is_next = self._is_next(ticket)
        try:
            if not is_next:
                wait(patience)
                self._await(ticket, cancelled, time.monotonic() + patience)
            yield
        finally:
            with self._changed:
                del self._line[ticket]
                self._changed.notify_all()

    def _await(self, ticket: object, cancelled: threading.Event, late_at: float) -> None:
        with self._changed:
            while not self._is_next(ticket):
                if cancelled.is_set():
                    raise FetchCancelled
                if time.monotonic() >= late_at:
                    raise LineTooSlow
                self._changed.wait(_LOOK_SECONDS)

    def _is_next(self, ticket: object) -> bool:
        return list(self._line).index(ticket) < self._at_once
