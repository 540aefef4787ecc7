"""Server-sent events for pages."""

import json
import time
from collections.abc import AsyncIterator
from typing import Any

from fastapi.responses import StreamingResponse

#: A stream ends after this time and the browser opens it again: with the rights its reader has by then.
LIFETIME_SECONDS = 3600.0


def event(data: Any) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n"


PING = ": still here\n\n"


class Lifetime:
    """Tells when a stream has lived long enough."""

    def __init__(self, seconds: float = LIFETIME_SECONDS) -> None:
        self._ends_at = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self._ends_at


def event_stream(chunks: AsyncIterator[str]) -> StreamingResponse:
    """The answer that carries them, not to be buffered or kept by anything on the way."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(chunks, media_type="text/event-stream", headers=headers)
