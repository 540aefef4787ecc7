"""The answer that carries server-sent events: one for pages, events and logs."""

from collections.abc import AsyncIterator

from fastapi.responses import StreamingResponse

#: A comment: readers ignore it, and everything on the way sees that the stream is alive.
PING = ": ping\n\n"


def event_stream(chunks: AsyncIterator[str]) -> StreamingResponse:
    """Not to be buffered, kept or taken for anything else by whatever is on the way."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(chunks, media_type="text/event-stream", headers=headers)
