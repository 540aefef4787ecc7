"""Server-sent events for pages."""

import json
import time
from typing import Any

#: A stream ends after this time and the browser opens it again: with the rights its reader has by then.
LIFETIME_SECONDS = 3600.0


def event(data: Any) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n"


class Lifetime:
    """Tells when a stream has lived long enough."""

    def __init__(self, seconds: float = LIFETIME_SECONDS) -> None:
        self._ends_at = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self._ends_at
