"""The sockets that a gateway listens on."""

import asyncio
from collections.abc import Callable

import structlog

log = structlog.get_logger()

_BACKLOG = 1024


class Listeners:
    """
    The main address, and one loopback address for each Space that has one.

    The kernel answers on all of 127.0.0.0/8 without any set-up, so a Space with an address of its own can be reached by
    clients that do not resolve its name.
    """

    def __init__(self, make_visitor: Callable[[], asyncio.Protocol]) -> None:
        self.port = 0
        self._make_visitor = make_visitor
        self._main: asyncio.Server | None = None
        self._extra: dict[str, asyncio.Server] = {}
        self._failed: set[str] = set()

    async def open(self, host: str, port: int) -> None:
        """Listen on the main address. Raises: OSError."""
        self._main = await self._listen(host, port)
        self.port = self._main.sockets[0].getsockname()[1]

    async def follow(self, addresses: frozenset[str]) -> None:
        """Listen on exactly these extra addresses. One that cannot be had is logged, and tried again next time."""
        for address in self._extra.keys() - addresses:
            self._extra.pop(address).close()
        self._failed &= addresses
        for address in addresses - self._extra.keys():
            try:
                self._extra[address] = await self._listen(address, self.port)
                self._failed.discard(address)
            except OSError as error:
                if address not in self._failed:
                    log.warning("address_not_available", address=address, port=self.port, reason=str(error))
                self._failed.add(address)

    def close(self) -> None:
        """Accept nobody any more."""
        for server in [*self._extra.values(), *([self._main] if self._main else [])]:
            server.close()
        self._extra.clear()

    async def _listen(self, host: str, port: int) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(self._make_visitor, host, port, backlog=_BACKLOG)
