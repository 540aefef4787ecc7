"""What every connection of one gateway shares."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from spaceport.domain.route import Route
from spaceport.gateway.dressing import PLAIN, Dressing, dressing_of, origins_of
from spaceport.gateway.headers import ForwardRules, Peer, hidden_cookie_names
from spaceport.gateway.pages import Message, Pages
from spaceport.gateway.pool import UpstreamPool
from spaceport.gateway.settings import GatewaySettings
from spaceport.gateway.table import RoutingTable
from spaceport.gateway.traffic import Traffic
from spaceport.gateway.visits import Visits
from spaceport.gateway.waiting_room import WaitingRoom
from spaceport.gateway.waker import Waker
from spaceport.gateway.wire import RequestHead

if TYPE_CHECKING:
    from spaceport.gateway.visitor import Visitor


@dataclass(eq=False)
class GatewayContext:
    """The parts of a gateway, wired by ``server.Gateway``."""

    settings: GatewaySettings
    loop: asyncio.AbstractEventLoop
    table: RoutingTable
    pool: UpstreamPool
    traffic: Traffic
    visits: Visits
    pages: Pages
    waker: Waker
    room: WaitingRoom
    #: Answers a request that was held, without counting it again.
    respond_again: Callable[["GatewayContext", "Visitor", RequestHead], None]
    visitors: set["Visitor"] = field(default_factory=set)
    is_stopping: bool = False
    is_connected: bool = False
    all_gone: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.rules = ForwardRules(
            scheme=self.settings.public_scheme.encode(),
            hidden_cookies=hidden_cookie_names(self.settings.hidden_cookies),
        )
        self._hub_origins = origins_of(self.settings.hub_url)
        self._dressings: dict[str, Dressing] = {}
        networks = [ip_network(network, strict=False) for network in self.settings.trusted_proxies]

        @lru_cache(maxsize=4096)
        def peer_of(address: str) -> Peer:
            try:
                parsed = ip_address(address.partition("%")[0])
            except ValueError:
                return Peer(b"unknown")
            return Peer(address.encode(), any(parsed in network for network in networks))

        self.peer_of = peer_of

    def dress(self, routes: Iterable[Route]) -> None:
        """The routes changed: note what each Space puts on its answers."""
        dressings = {route.space_id: dressing_of(route, self._hub_origins) for route in routes}
        self._dressings = {space_id: dressing for space_id, dressing in dressings.items() if dressing is not PLAIN}

    def dressing(self, space_id: str) -> Dressing:
        """What a Space puts on its answers."""
        return self._dressings.get(space_id, PLAIN)

    def tell(self, visitor: "Visitor", head: RequestHead, message: Message) -> None:
        """Answer with a message, dressed as the Space that it is about."""
        dressing = self.dressing(message.route.space_id) if message.route else PLAIN
        visitor.answer(self.pages.render(head, message), dressing)

    def forget(self, visitor: "Visitor") -> None:
        """A visitor's connection is closed."""
        self.visitors.discard(visitor)
        if not self.visitors:
            self.all_gone.set()

    def health(self) -> dict[str, object]:
        """What the health answer tells: nothing that a visitor may not know."""
        return {
            "gateway": self.settings.gateway_id,
            "routes": len(self.table),
            "routes_version": self.table.version,
            "redis": "connected" if self.is_connected else "away",
        }
