"""What a Space's card and its owner add to every answer: headers for browsers, and who may frame it. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from spaceport.domain.route import Route
from spaceport.gateway.wire import Header, lower

_NAME = re.compile(r"[A-Za-z0-9-]+")
_VALUE = re.compile(r"[\x20-\x7e]+")


@dataclass(frozen=True, eq=False)
class Dressing:
    """
    ``headers`` go on every answer and ``replaced`` are the app's own that give way to them.

    A policy about frames never replaces the app's own policy: browsers obey all that they are told.
    """

    headers: tuple[Header, ...] = ()
    replaced: frozenset[bytes] = frozenset()

    def on(self, headers: Iterable[Header]) -> list[Header]:
        """These headers with ours."""
        return [*(header for header in headers if lower(header[0]) not in self.replaced), *self.headers]


PLAIN = Dressing()


def dressing_of(route: Route, hub_origins: tuple[str, ...]) -> Dressing:
    """
    The dressing of a Space; the same object as long as it is the same.

    Only the hub's own pages may frame a private Space, or one that forbids it: ``hub_origins``, see ``origins_of``.
    """
    is_framed_by_all = route.allows_embedding and not route.private
    if is_framed_by_all and not route.custom_headers:
        return PLAIN
    return _made(tuple(sorted(route.custom_headers.items())), () if is_framed_by_all else ("'self'", *hub_origins))


def origins_of(hub_url: str) -> tuple[str, ...]:
    """The origins of the hub's pages. One that is on this machine is reached by either name of the machine."""
    parts = urlsplit(hub_url)
    if not parts.hostname:
        return ()
    port = f":{parts.port}" if parts.port else ""
    hosts = [parts.hostname]
    if parts.hostname == "localhost" or _is_loopback(parts.hostname):
        hosts += [host for host in ("localhost", "127.0.0.1") if host != parts.hostname]
    return tuple(f"{parts.scheme}://{host}{port}" for host in hosts)


@lru_cache(maxsize=4096)
def _made(custom: tuple[tuple[str, str], ...], ancestors: tuple[str, ...]) -> Dressing:
    good = [(name, value) for name, value in custom if _NAME.fullmatch(name) and _VALUE.fullmatch(value)]
    headers = [(name.encode(), value.encode()) for name, value in good]
    if ancestors:
        headers.append((b"Content-Security-Policy", f"frame-ancestors {' '.join(ancestors)}".encode()))
    return Dressing(tuple(headers), frozenset(name.lower().encode() for name, _ in good))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
