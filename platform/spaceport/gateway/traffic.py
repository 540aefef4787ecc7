"""What visitors do, counted: requests under way for each instance, visits of each Space."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from spaceport.domain.route import Activity

#: Gradio opens one such stream for each tab and keeps it for ever; before version 5 at the root.
_HEARTBEAT = re.compile(rb"(?:.*/gradio_api)?/heartbeat/[^/]+/?", re.DOTALL)


def is_heartbeat(path: bytes) -> bool:
    """Whether a request (path without query) only tells Gradio that a tab is open: it must not hold a drain."""
    return b"/heartbeat/" in path and _HEARTBEAT.fullmatch(path) is not None


@dataclass
class _Visits:
    last_visit_at: float
    requests: int = 0
    errors: int = 0
    under_way: int = 0


@dataclass
class Traffic:
    """
    The counters of one gateway.

    ``clock`` gives seconds since the epoch. ``news`` is set when the controller should hear at once: an instance has
    nothing under way any more.
    """

    clock: Callable[[], float]
    news: asyncio.Event = field(default_factory=asyncio.Event)
    busy: dict[str, int] = field(default_factory=dict)
    _visits: dict[str, _Visits] = field(default_factory=dict)
    _changed: set[str] = field(default_factory=set)

    def visit(self, space_id: str) -> None:
        """Count one request to a Space, whoever answers it."""
        visits = self._of(space_id)
        visits.requests += 1
        self._touch(space_id, visits)

    def error(self, space_id: str) -> None:
        """Count one request that the Space failed."""
        self._of(space_id).errors += 1
        self._changed.add(space_id)

    def begin(self, space_id: str, instance_id: str) -> None:
        """A request is under way to an instance."""
        self.busy[instance_id] = self.busy.get(instance_id, 0) + 1
        self._of(space_id).under_way += 1

    def end(self, space_id: str, instance_id: str) -> None:
        """It is over. A visit lasts until then: somebody who watches an hour-long stream is a visitor all that hour."""
        left = self.busy[instance_id] - 1
        if left:
            self.busy[instance_id] = left
        else:
            del self.busy[instance_id]
            self.news.set()
        visits = self._of(space_id)
        visits.under_way -= 1
        self._touch(space_id, visits)

    def take_changed(self) -> dict[str, Activity]:
        """The activity of Spaces that changed since the last call, or that have something under way."""
        for space_id, visits in self._visits.items():
            if visits.under_way:
                self._touch(space_id, visits)
        changed, self._changed = self._changed, set()
        return {space_id: self._activity(space_id) for space_id in changed}

    def give_back(self, space_ids: set[str]) -> None:
        """Note these as changed again: telling about them did not work."""
        self._changed |= space_ids

    def _touch(self, space_id: str, visits: _Visits) -> None:
        visits.last_visit_at = self.clock()
        self._changed.add(space_id)

    def _of(self, space_id: str) -> _Visits:
        visits = self._visits.get(space_id)
        if visits is None:
            visits = self._visits[space_id] = _Visits(self.clock())
        return visits

    def _activity(self, space_id: str) -> Activity:
        visits = self._visits[space_id]
        return Activity(last_visit_at=visits.last_visit_at, requests=visits.requests, errors=visits.errors)
