"""Changes of Spaces for everybody who looks on."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from spaceport.domain.events import Event
from spaceport.live import Live
from tests.unit.services import make_bench


class SilentEvents:
    """Tells nothing, and counts who listens."""

    def __init__(self) -> None:
        self.listeners = 0

    def publish(self, event: Event) -> None: ...

    async def watch(self) -> AsyncIterator[Event]:
        self.listeners += 1
        try:
            await asyncio.Event().wait()
            yield Event.__new__(Event)
        finally:
            self.listeners -= 1


def test_who_leaves_before_the_first_answer_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that is left while it loads: its stream is cancelled while the database is read for it."""
    events, is_read, may_end = SilentEvents(), threading.Event(), threading.Event()
    bench = make_bench(tmp_path)
    live = Live(replace(bench.services, events=events))

    def read(self: Live, space_ids: object) -> dict[str, object]:
        is_read.set()
        may_end.wait(30)
        return {}

    monkeypatch.setattr(Live, "_read", read)

    async def leave_early() -> int:
        asked = asyncio.create_task(live.subscribe([bench.space.id]))
        await asyncio.to_thread(is_read.wait, 30)
        assert events.listeners == 1
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        may_end.set()
        return events.listeners

    assert asyncio.run(leave_early()) == 0
