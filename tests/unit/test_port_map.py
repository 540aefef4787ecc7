"""Where the sockets of a sandboxed app go instead."""

import socket
from typing import Any

import pytest

from spaceport_runner.inside.port_map import bind_address, connect_address

V4, V6, TCP, UDP = socket.AF_INET, socket.AF_INET6, socket.SOCK_STREAM, socket.SOCK_DGRAM
APP, REAL = 7860, 41234


@pytest.mark.parametrize(
    ("family", "address", "expected"),
    [
        (V4, ("0.0.0.0", APP), ("127.0.0.1", REAL)),
        (V4, ("", APP), ("127.0.0.1", REAL)),
        (V4, ("127.0.0.1", APP), ("127.0.0.1", REAL)),
        (V4, (b"0.0.0.0", APP), ("127.0.0.1", REAL)),
        (V4, ("0.0.0.0", REAL), ("127.0.0.1", REAL)),
        (V4, ("192.168.1.2", APP), ("127.0.0.1", REAL)),
        (V6, ("::", APP, 0, 0), ("::ffff:127.0.0.1", REAL)),
        (V4, ("0.0.0.0", 8000), ("127.0.0.1", 8000)),
        (V6, ("::", 8000), ("::ffff:127.0.0.1", 8000)),
    ],
)
def test_listening_on_the_spaces_port_or_on_all_addresses_is_mapped(
    family: int, address: Any, expected: tuple[str, int]
) -> None:
    assert bind_address(family, TCP, address, APP, REAL) == expected
    assert bind_address(family, TCP | socket.SOCK_NONBLOCK, address, APP, REAL) == expected


@pytest.mark.parametrize(
    ("family", "kind", "address"),
    [
        (V4, TCP, ("127.0.0.1", 8000)),
        (V4, TCP, ("", 0)),
        (V4, UDP, ("0.0.0.0", APP)),
        (socket.AF_UNIX, TCP, "/tmp/socket"),
        (V4, TCP, ("0.0.0.0",)),
        (V4, TCP, None),
    ],
)
def test_everything_else_is_bound_as_it_is(family: int, kind: int, address: Any) -> None:
    assert bind_address(family, kind, address, APP, REAL) is None


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.1.1", "0.0.0.0", "", "::ffff:127.0.0.1", "::1"])
def test_the_app_reaches_itself_at_every_name_of_this_machine(host: str) -> None:
    assert connect_address(V4, (host, APP), APP, REAL) == ("127.0.0.1", REAL)
    assert connect_address(V6, (host, APP, 0, 0), APP, REAL) == ("::ffff:127.0.0.1", REAL)


@pytest.mark.parametrize("address", [("example.org", APP), ("10.0.0.1", APP), ("127.0.0.1", 80), ("fe80::1%eth0", APP)])
def test_other_machines_and_ports_are_connected_to_as_they_are(address: tuple[str, int]) -> None:
    assert connect_address(V4, address, APP, REAL) == address
