"""What visitors do, counted: requests under way for each instance, visits and use of each Space."""

import asyncio
import re
from collections.abc import Callable
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
    return not is_bot(head.headers) and not (b"/heartbeat/" in head.target and is_heartbeat(head.path))


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
    programs have under way: no bots, no heartbeats. Times are those of ``take_grown``, which comes every second.
    """

    clock: Callable[[], float]
    news: asyncio.Event = field(default_factory=asyncio.Event)
    busy: dict[str, int] = field(default_factory=dict)
    in_use: dict[str, int] = field(default_factory=dict)
    _requests: dict[str, int] = field(default_factory=dict)
    _errors: dict[str, int] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)
    _lost: dict[str, Growth] = field(default_factory=dict)

    def visit(self, space_id: str, is_use: bool) -> None:
        """Count one request to a Space, whoever answers it."""
        self._requests[space_id] = self._requests.get(space_id, 0) + 1
        if is_use:
            self._used.add(space_id)

    def error(self, space_id: str) -> None:
        """Count one request that the Space failed."""
        self._errors[space_id] = self._errors.get(space_id, 0) + 1

    def begin(self, instance_id: str, used_space_id: str | None) -> None:
        """A request is under way to an instance, and the Space is in use meanwhile if it is named."""
        self.busy[instance_id] = self.busy.get(instance_id, 0) + 1
        if used_space_id is not None:
            self.in_use[used_space_id] = self.in_use.get(used_space_id, 0) + 1

    def end(self, instance_id: str, used_space_id: str | None) -> None:
        """It is over."""
        left = self.busy[instance_id] - 1
        if left:
            self.busy[instance_id] = left
        else:
            del self.busy[instance_id]
            self.news.set()
        if used_space_id is not None:
            self.end_use(used_space_id)

    def begin_use(self, space_id: str) -> None:
        """Somebody waits for a Space, until ``end_use``."""
        self.in_use[space_id] = self.in_use.get(space_id, 0) + 1

    def end_use(self, space_id: str) -> None:
        """A visit lasts until now: somebody who watches an hour-long stream is a visitor all that hour."""
        left = self.in_use[space_id] - 1
        if left:
            self.in_use[space_id] = left
        else:
            del self.in_use[space_id]
        self._used.add(space_id)

    def take_grown(self) -> dict[str, Growth]:
        """What grew since the last call, or is in use now."""
        now = self.clock()
        grown, self._lost = self._lost, {}
        used = self._used | self.in_use.keys()
        for space_id in used | self._requests.keys() | self._errors.keys():
            growth = grown.setdefault(space_id, Growth())
            growth.requests += self._requests.get(space_id, 0)
            growth.errors += self._errors.get(space_id, 0)
            if space_id in used:
                growth.last_use_at = now
            if space_id in used or space_id in self._requests:
                growth.last_visit_at = now
        self._requests, self._errors, self._used = {}, {}, set()
        return grown

    def give_back(self, grown: dict[str, Growth]) -> None:
        """Telling about these did not work: they are told with the next ones."""
        self._lost = grown
