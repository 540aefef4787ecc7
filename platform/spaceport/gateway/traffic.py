"""What visitors do, counted: requests under way for each instance, visits and use of each Space."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from spaceport.gateway.bots import is_bot
from spaceport.gateway.wire import RequestHead

#: Gradio opens one such stream for each tab and keeps it for ever; before version 5 at the root.
_HEARTBEAT = re.compile(rb"(?:.*/gradio_api)?/heartbeat/[^/]+/?", re.DOTALL)


def is_heartbeat(path: bytes) -> bool:
    """Whether a request (path without query) only tells Gradio that a tab is open: it must not hold a drain."""
    return b"/heartbeat/" in path and _HEARTBEAT.fullmatch(path) is not None


def is_use(head: RequestHead) -> bool:
    """Whether a request is somebody's use of a Space: it wakes it, and counts against its sleep."""
    return not is_bot(head.headers) and not is_heartbeat(head.path)


@dataclass
class Growth:
    """What came to the activity of a Space since it was last told; times only where they moved."""

    requests: int = 0
    errors: int = 0
    last_visit_at: float | None = None
    last_use_at: float | None = None


@dataclass
class Traffic:
    """
    The counters of one gateway.

    ``clock`` gives seconds since the epoch. ``news`` is set when the controller should hear at once: an instance has
    nothing under way any more. ``busy`` counts requests under way by instance, ``in_use`` by Space what people and
    programs have under way: no bots, no heartbeats.
    """

    clock: Callable[[], float]
    news: asyncio.Event = field(default_factory=asyncio.Event)
    busy: dict[str, int] = field(default_factory=dict)
    in_use: dict[str, int] = field(default_factory=dict)
    _grown: dict[str, Growth] = field(default_factory=dict)

    def visit(self, space_id: str, is_use: bool) -> None:
        """Count one request to a Space, whoever answers it."""
        grown = self._of(space_id)
        grown.requests += 1
        grown.last_visit_at = self.clock()
        if is_use:
            grown.last_use_at = grown.last_visit_at

    def error(self, space_id: str) -> None:
        """Count one request that the Space failed."""
        self._of(space_id).errors += 1

    def begin(self, instance_id: str) -> None:
        """A request is under way to an instance."""
        self.busy[instance_id] = self.busy.get(instance_id, 0) + 1

    def end(self, instance_id: str) -> None:
        """It is over."""
        if _drop(self.busy, instance_id):
            self.news.set()

    def begin_use(self, space_id: str) -> None:
        """Somebody waits for, reads or sends something, until ``end_use``: a Space does not sleep meanwhile."""
        self.in_use[space_id] = self.in_use.get(space_id, 0) + 1

    def end_use(self, space_id: str) -> None:
        """A visit lasts until now: somebody who watches an hour-long stream is a visitor all that hour."""
        _drop(self.in_use, space_id)
        self._use(space_id)

    def take_grown(self) -> dict[str, Growth]:
        """What grew since the last call, or is in use now."""
        for space_id in self.in_use:
            self._use(space_id)
        grown, self._grown = self._grown, {}
        return grown

    def give_back(self, grown: Mapping[str, Growth]) -> None:
        """Telling about these did not work: they are told with the next ones."""
        for space_id, before in grown.items():
            now = self._of(space_id)
            now.requests += before.requests
            now.errors += before.errors
            now.last_visit_at = now.last_visit_at or before.last_visit_at
            now.last_use_at = now.last_use_at or before.last_use_at

    def _use(self, space_id: str) -> None:
        grown = self._of(space_id)
        grown.last_visit_at = grown.last_use_at = self.clock()

    def _of(self, space_id: str) -> Growth:
        grown = self._grown.get(space_id)
        if grown is None:
            grown = self._grown[space_id] = Growth()
        return grown


def _drop(counts: dict[str, int], key: str) -> bool:
    """One less; answers whether none is left."""
    left = counts[key] - 1
    if left:
        counts[key] = left
    else:
        del counts[key]
    return not left
