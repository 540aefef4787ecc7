"""Connections to instances, kept for the next request."""

import asyncio
from collections.abc import Collection

from spaceport.domain.route import Upstream
from spaceport.gateway.upstream import UpstreamConnection

Address = tuple[str, int]


class UpstreamPool:
    """
    Idle connections by address, the last used first.

    A connection is either idle here or owned by one exchange. The instance may close an idle one at any moment, so
    the younger it is the better; ``take`` says how old it may be.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, connect_timeout_seconds: float, idle_seconds: float, max_idle: int
    ) -> None:
        self._loop = loop
        self._connect_timeout_seconds = connect_timeout_seconds
        self._idle_seconds = idle_seconds
        self._max_idle = max_idle
        self._idle: dict[Address, list[UpstreamConnection]] = {}

    def take(self, upstream: Upstream, max_age_seconds: float) -> UpstreamConnection | None:
        """An idle connection that was used within ``max_age_seconds``, or None."""
        waiting = self._idle.get((upstream.host, upstream.port))
        if not waiting or self._loop.time() - waiting[-1].idle_since > max_age_seconds:
            return None
        return waiting.pop()

    def put(self, connection: UpstreamConnection) -> None:
        """Give a connection back that has nothing under way."""
        waiting = self._idle.setdefault(connection.address, [])
        if len(waiting) >= self._max_idle:
            connection.close()
            return
        connection.idle_since = self._loop.time()
        waiting.append(connection)

    def discard(self, connection: UpstreamConnection) -> None:
        """Forget a connection that is gone; it need not be here."""
        waiting = self._idle.get(connection.address, [])
        if connection in waiting:
            waiting.remove(connection)

    async def connect(self, upstream: Upstream) -> UpstreamConnection:
        """
        A new connection.

        Raises: OSError when the instance cannot be reached, TimeoutError (one of them) when it does not answer.
        """
        async with asyncio.timeout(self._connect_timeout_seconds):
            _, connection = await self._loop.create_connection(
                lambda: UpstreamConnection(self, (upstream.host, upstream.port)), upstream.host, upstream.port
            )
        return connection

    def sweep(self) -> None:
        """Close what waited too long."""
        oldest = self._loop.time() - self._idle_seconds
        for address, waiting in list(self._idle.items()):
            for connection in [connection for connection in waiting if connection.idle_since < oldest]:
                waiting.remove(connection)
                connection.close()
            if not waiting:
                del self._idle[address]

    def keep_only(self, upstreams: Collection[Upstream]) -> None:
        """Close idle connections to instances that no route names any more."""
        wanted = {(upstream.host, upstream.port) for upstream in upstreams}
        for address in [address for address in self._idle if address not in wanted]:
            for connection in self._idle.pop(address):
                connection.close()

    def close(self) -> None:
        """Close everything idle."""
        self.keep_only(())
