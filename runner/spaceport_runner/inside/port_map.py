"""
Lets every sandboxed app believe that it listens on its Space's port (7860).

Sandboxed instances share the machine's network, so each has a free port of its own on the loopback address. Sockets of
Python are mapped where they bind and connect; servers that bring their own sockets must listen on ``$PORT``.
Standard library only, for every Python that a Space may run.
"""

import ipaddress
import socket
import weakref
from typing import Any

LOOPBACK = "127.0.0.1"
#: The same address for a socket of IP version 6.
MAPPED_LOOPBACK = "::ffff:127.0.0.1"
#: Addresses of this machine that nobody asks: for the second of two sockets that share a port, one of each version.
SPARE_LOOPBACK = "127.0.0.2"
SPARE_LOOPBACK_6 = "::1"


def install(app_port: int, real_port: int) -> None:
    """
    Map ``app_port`` to ``real_port`` on the loopback address, in this process from now on.

    Listening on all addresses becomes listening on the loopback address, for other ports too: visitors come through
    the gateway only.
    """
    original_bind = socket.socket.bind
    original_connect = socket.socket.connect
    original_connect_ex = socket.socket.connect_ex
    bound = _Bound()

    def bind(self: socket.socket, address: Any) -> None:
        target = bind_address(self.family, self.type, address, app_port, real_port)
        if target is None:
            return original_bind(self, address)
        # Somebody holds the port for this instance without listening: that is allowed together with this option.
        self.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if bound.is_taken_by_the_other_version(self.family, target[1]):
            target = (SPARE_LOOPBACK_6 if self.family == socket.AF_INET6 else SPARE_LOOPBACK, target[1])
        elif self.family == socket.AF_INET6:
            self.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        original_bind(self, target)
        bound.remember(self, target[1])

    def connect(self: socket.socket, address: Any) -> None:
        return original_connect(self, connect_address(self.family, address, app_port, real_port))

    def connect_ex(self: socket.socket, address: Any) -> int:
        return original_connect_ex(self, connect_address(self.family, address, app_port, real_port))

    socket.socket.bind = bind  # type: ignore[method-assign, assignment]
    socket.socket.connect = connect  # type: ignore[method-assign, assignment]
    socket.socket.connect_ex = connect_ex  # type: ignore[method-assign, assignment]


def bind_address(family: int, kind: int, address: Any, app_port: int, real_port: int) -> tuple[str, int] | None:
    """Where a socket is to be bound instead, None to leave it as it is."""
    asked = _host_and_port(family, address)
    if asked is None or not kind & socket.SOCK_STREAM:
        return None
    host, port = asked
    loopback = MAPPED_LOOPBACK if family == socket.AF_INET6 else LOOPBACK
    if port in (app_port, real_port):
        return loopback, real_port
    # Without a port it is a client that chooses the address it calls from, or a server that tells its port to nobody.
    if port and host in ("", "0.0.0.0", "::"):
        return loopback, port
    return None


def connect_address(family: int, address: Any, app_port: int, real_port: int) -> Any:
    """Where a socket is to be connected: the app's own port is where the app really is."""
    asked = _host_and_port(family, address)
    if asked is None or asked[1] != app_port or not _is_this_machine(asked[0]):
        return address
    return (MAPPED_LOOPBACK if family == socket.AF_INET6 else LOOPBACK, real_port)


class _Bound:
    """
    The sockets that this process has bound.

    A server for both IP versions binds a socket of each, in any order: only the first of them can have the address that
    visitors come to, and it serves them all.
    """

    def __init__(self) -> None:
        self._ports: weakref.WeakKeyDictionary[socket.socket, int] = weakref.WeakKeyDictionary()

    def remember(self, bound: socket.socket, port: int) -> None:
        self._ports[bound] = port

    def is_taken_by_the_other_version(self, family: int, port: int) -> bool:
        known = list(self._ports.items())
        return any(each.fileno() >= 0 and each.family != family and taken == port for each, taken in known)


def _host_and_port(family: int, address: Any) -> tuple[str, int] | None:
    if family not in (socket.AF_INET, socket.AF_INET6) or not isinstance(address, tuple) or len(address) < 2:
        return None
    host, port = address[0], address[1]
    if isinstance(host, bytes | bytearray):
        host = host.decode(errors="replace")
    return (host, port) if isinstance(host, str) and isinstance(port, int) else None


def _is_this_machine(host: str) -> bool:
    if host in ("", "localhost", "ip6-localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_loopback or address.is_unspecified
