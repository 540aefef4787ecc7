"""Where the processes of an instance listen, read from the kernel's tables of sockets. Pure."""

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

#: State of a listening socket. Source: the kernel's include/net/tcp_states.h.
_LISTEN = "0A"
#: Docker's own name server, in the network of every container. Source: libnetwork, resolver.go.
_DOCKER_DNS = "127.0.0.11"


@dataclass(frozen=True, order=True)
class Listener:
    """An address of this instance that accepts connections; ``inode`` names its socket."""

    port: int
    host: str
    inode: int = 0

    @property
    def is_loopback(self) -> bool:
        address = ipaddress.ip_address(self.host)
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        return (mapped or address).is_loopback

    @property
    def shown(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_listeners(tables: Iterable[str]) -> tuple[Listener, ...]:
    """
    All listeners in texts of ``/proc/net/tcp`` and ``tcp6``, lowest port first; lines that are none are left out.

    Source: proc(5), /proc/net/tcp.
    """
    found = {listener for table in tables for line in table.splitlines() for listener in _listener(line.split())}
    return tuple(sorted(found))


def _listener(fields: list[str]) -> Iterator[Listener]:
    if len(fields) < 10 or fields[3] != _LISTEN:
        return
    address, _, port = fields[1].partition(":")
    try:
        host = _host(address)
        listener = Listener(int(port, 16), host, int(fields[9]))
    except ValueError:
        return
    if host != _DOCKER_DNS:
        yield listener


def _host(address: str) -> str:
    """The kernel writes words of 32 bits, each in the machine's byte order, which is little-endian where we run."""
    raw = bytes.fromhex(address)
    words = [raw[start : start + 4][::-1] for start in range(0, len(raw), 4)]
    return str(ipaddress.ip_address(b"".join(words)))
