"""Who visits, and how fast and well Spaces answer: counted here, told to Redis with the activity."""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from spaceport.domain.visit import MOST_ENDPOINTS, OTHERS, TOTAL, bucket_of, day_of, endpoint_of, field_of
from spaceport.gateway.headers import Peer, visitor_address
from spaceport.gateway.wire import RequestHead

#: Visitors of a day that one gateway remembers having told of; beyond, it tells again, which changes nothing.
_MOST_SEEN = 200_000


@dataclass
class Counted:
    """
    What came since it was last told: numbers by field of VISITS_KEY, and marks of visitors by day and Space.

    A mark is address and User-Agent, unread by anybody: it is hashed with the salt of the day before it leaves.
    """

    numbers: Counter[str] = field(default_factory=Counter)
    visitors: dict[tuple[str, str], set[bytes]] = field(default_factory=dict)


class Visits:
    """The counters of one gateway; ``clock`` gives seconds since the epoch. No cookies, nothing on disk."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._counted = Counted()
        self._day = ""
        self._endpoints: dict[str, set[str]] = {}
        self._seen: set[tuple[str, bytes]] = set()

    def visitor(self, space_id: str, head: RequestHead, peer: Peer) -> None:
        """Somebody who is no bot asks something of a Space."""
        day = self._today()
        agent = head.headers.first(b"user-agent") or b""
        mark = hashlib.blake2b(visitor_address(head.headers, peer) + b"\0" + agent, digest_size=16).digest()
        if (space_id, mark) in self._seen:
            return
        if len(self._seen) < _MOST_SEEN:
            self._seen.add((space_id, mark))
        self._counted.visitors.setdefault((day, space_id), set()).add(mark)

    def answered(
        self, space_id: str, head: RequestHead, seconds: float, is_error: bool, function: int | None = None
    ) -> None:
        """
        A request of somebody who is no bot got the first byte of its answer, or none. ``function`` is that of an app
        which a call of Gradio's queue is for, where that is known.
        """
        day = self._today()
        name = _endpoint(head.method, head.path)
        endpoint = self._bounded(space_id, name if function is None else f"{name} fn {function}")
        bucket = f"b{bucket_of(seconds * 1000)}"
        numbers = self._counted.numbers
        for name in (endpoint, TOTAL):
            numbers[field_of(space_id, day, name, "calls")] += 1
            numbers[field_of(space_id, day, name, bucket)] += 1
            if is_error:
                numbers[field_of(space_id, day, name, "errors")] += 1

    def take(self) -> Counted:
        """What came since the last call."""
        counted, self._counted = self._counted, Counted()
        return counted

    def give_back(self, counted: Counted) -> None:
        """Telling about these did not work: they are told with the next ones."""
        self._counted.numbers.update(counted.numbers)
        for key, marks in counted.visitors.items():
            self._counted.visitors.setdefault(key, set()).update(marks)

    def _today(self) -> str:
        day = day_of(datetime.fromtimestamp(self._clock(), UTC))
        if day != self._day:
            self._day, self._endpoints, self._seen = day, {}, set()
        return day

    def _bounded(self, space_id: str, endpoint: str) -> str:
        """Whoever asks for ten thousand paths gets one row for most of them."""
        known = self._endpoints.setdefault(space_id, set())
        if endpoint not in known and len(known) >= MOST_ENDPOINTS:
            return OTHERS
        known.add(endpoint)
        return endpoint


def salted(mark: bytes, salt: bytes) -> bytes:
    """What leaves the process of a mark: of no use without the salt, which nobody keeps."""
    return hashlib.blake2b(mark, key=salt, digest_size=16).digest()


@lru_cache(maxsize=4096)
def _endpoint(method: bytes, path: bytes) -> str:
    return endpoint_of(method.decode("latin-1"), path.decode("latin-1"))
