"""The event stream of one Space, read as a program reads it."""

import asyncio
from pathlib import Path

from spaceport.api.events import SpaceEvents
from spaceport.domain.history import HappeningKind
from spaceport.live import Live
from tests.unit.factories import NOW
from tests.unit.services import make_bench


def test_a_reader_that_was_away_for_long_misses_nothing(tmp_path: Path) -> None:
    bench = make_bench(tmp_path)
    with bench.services.database.begin() as tx:
        first = tx.history.add("space", NOW, HappeningKind.STAGE, "system", "seen", {})
        for number in range(250):
            tx.history.add("space", NOW, HappeningKind.STAGE, "system", f"missed {number}", {})

    async def first_chunk() -> str:
        live = Live(bench.services)
        chunks = SpaceEvents(bench.services, live, bench.owner, bench.space).chunks(first.number)
        try:
            return await anext(chunks)
        finally:
            await chunks.aclose()  # type: ignore[attr-defined]
            await live.close()

    text = asyncio.run(first_chunk())

    assert text.count("event: happening") == 250
    assert text.count("event: runtime") == 1
