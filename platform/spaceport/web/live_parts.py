"""A page of figures that is renewed while somebody looks on: its parts by name, as a stream."""

from collections.abc import AsyncIterator, Callable, Mapping

import structlog
from fastapi.concurrency import run_in_threadpool

from spaceport.event_stream import PING
from spaceport.web import streams
from spaceport.web.context import Web

log = structlog.get_logger()

#: The parts are read this often.
EVERY_SECONDS = 3.0


async def live_parts(
    web: Web, read: Callable[[], Mapping[str, str]], every_seconds: float = EVERY_SECONDS
) -> AsyncIterator[str]:
    """
    Messages ``{"parts": {name: html}}`` of what ``read`` gives anew; it is called from a thread.

    Ends when Spaceport stops, as all streams of pages do.
    """
    lifetime, sent = streams.Lifetime(), dict[str, str]()
    # No Space's changes are asked for: what this waits for is the silence, and the end.
    subscription = await web.live.subscribe(())
    silences = subscription.changes(silence_seconds=every_seconds)
    try:
        while not lifetime.is_over:
            parts = await run_in_threadpool(_parts, read)
            changed = {name: html for name, html in parts.items() if sent.get(name) != html}
            yield streams.event({"parts": changed}) if changed else PING
            sent |= parts
            if await anext(silences, "end") == "end":
                return
    finally:
        await web.live.unsubscribe(subscription)


def _parts(read: Callable[[], Mapping[str, str]]) -> dict[str, str]:
    try:
        return dict(read())
    except Exception:
        # The database may be away; the page keeps what it shows and the next look tries again.
        log.exception("a page of figures could not be renewed")
        return {}
