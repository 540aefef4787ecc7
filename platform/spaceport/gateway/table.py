"""The routing table: which Space answers for which host, right now."""

from collections.abc import Callable, Iterable
from ipaddress import AddressValueError, IPv4Address

import structlog

from spaceport.domain.route import Route

log = structlog.get_logger()


class RoutingTable:
    """
    Routes by Space and by host. A change is seen whole by the next request and not at all by those under way.

    ``version`` is the highest version of any route taken in; ``on_change`` is called after every change.
    """

    def __init__(self, on_change: Callable[[], None] = lambda: None) -> None:
        self.version = 0
        self.on_change = on_change
        self._by_space: dict[str, Route] = {}
        self._by_host: dict[str, Route] = {}
        self._by_old_host: dict[str, Route] = {}

    def __len__(self) -> int:
        return len(self._by_space)

    def find(self, host: str) -> Route | None:
        """The route of a host in lower case, without port and trailing dot."""
        return self._by_host.get(host)

    def find_moved(self, host: str) -> Route | None:
        """The route of a Space that had this host before it was renamed, unless another has it now."""
        return self._by_old_host.get(host)

    def routes(self) -> dict[str, Route]:
        """All routes by Space id; a copy."""
        return dict(self._by_space)

    def change(self, put: Iterable[Route] = (), removed: Iterable[str] = ()) -> None:
        """
        Take in some routes and forget some Spaces, all at once.

        A route older than the one known for its Space is stale and ignored.
        """
        by_space, version = self.routes(), self.version
        for space_id in removed:
            by_space.pop(space_id, None)
        for route in put:
            known = by_space.get(route.space_id)
            if known is None or known.version <= route.version:
                by_space[route.space_id] = route
                version = max(version, route.version)
        self._swap(by_space, version)

    def replace(self, routes: Iterable[Route], version: int) -> None:
        """Make these the only routes. ``version`` may be lower than before: a lost Redis starts counting anew."""
        self._swap({route.space_id: route for route in routes}, version)

    def _swap(self, by_space: dict[str, Route], version: int) -> None:
        if by_space == self._by_space and version == self.version:
            return
        by_host = _index_hosts(by_space.values())
        self._by_space, self._by_host, self.version = by_space, by_host, version
        moved = sorted(by_space.values(), key=lambda route: route.version)
        self._by_old_host = {host: route for route in moved for host in route.old_hosts if host not in by_host}
        self.on_change()


def loopback_addresses(routes: Iterable[Route]) -> frozenset[str]:
    """The IPv4 loopback literals among the hosts of these routes."""
    return frozenset(host for route in routes for host in route.hosts if _is_loopback(host))


def _index_hosts(routes: Iterable[Route]) -> dict[str, Route]:
    by_host: dict[str, Route] = {}
    for route in sorted(routes, key=lambda route: route.version):
        for host in route.hosts:
            if host in by_host:
                # The controller never does this; the later one wins so that a moved host works at once.
                log.warning("two_spaces_claim_a_host", host=host, spaces=[by_host[host].space_id, route.space_id])
            by_host[host] = route
    return by_host


def _is_loopback(host: str) -> bool:
    try:
        return IPv4Address(host).is_loopback
    except AddressValueError:
        return False
