"""How the controller waits: for events from the hub and reports from runners."""

import json
from typing import Any

from spaceport.adapters.events import entries_of
from spaceport.adapters.redis_errors import redis_away_is_unavailable
from spaceport.domain.events import EVENTS_STREAM
from spaceport_runner.connection import connect_briefly
from spaceport_runner.contract import REPORTS_STREAM


class RedisWakeups:
    """One reader, one thread."""

    def __init__(self, redis_url: str) -> None:
        self._redis = connect_briefly(redis_url)
        self._last_ids: dict[str, str] = {}

    def wait(self, timeout_seconds: float) -> set[str]:
        with redis_away_is_unavailable():
            for stream in (EVENTS_STREAM, REPORTS_STREAM):
                if stream not in self._last_ids:
                    newest = self._redis.xrevrange(stream, count=1)
                    self._last_ids[stream] = str(newest[0][0]) if newest else "0"
            block_ms = max(1, int(timeout_seconds * 1000))
            answer: Any = self._redis.xread(self._last_ids, block=block_ms, count=1000)  # type: ignore[arg-type]
        space_ids: set[str] = set()
        for stream, entries in answer.items() if isinstance(answer, dict) else answer or []:
            for entry_id, fields in entries_of(entries):
                self._last_ids[stream] = entry_id
                space_ids.add(_space_id(fields))
        return space_ids - {""}

    def close(self) -> None:
        self._redis.close()


def _space_id(fields: dict[str, str]) -> str:
    """Events name the Space; reports about instances too, reports about builds are read elsewhere."""
    if "space_id" in fields:
        return fields["space_id"]
    try:
        return str(json.loads(fields.get("json", "{}")).get("space_id", ""))
    except ValueError:
        return ""
