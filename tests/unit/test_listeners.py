"""Sockets as the kernel lists them, and what is said of an app that listens elsewhere."""

import os
import socket
from pathlib import Path

import pytest

from spaceport_runner.listeners import Listener, read_listeners
from spaceport_runner.process_tree import socket_inodes
from spaceport_runner.reasons import listens_so_far, never_ready

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
LINE = "   0: {address} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000  1000        0 {inode} 1 0 100 0\n"


def table(address: str, state: str = "0A", inode: int = 7) -> str:
    return HEAD + LINE.format(address=address, state=state, inode=inode)


@pytest.mark.parametrize(
    ("address", "shown", "is_loopback"),
    [
        ("0100007F:1EB4", "127.0.0.1:7860", True),
        ("00000000:1F40", "0.0.0.0:8000", False),
        ("00000000000000000000000001000000:1EB4", "[::1]:7860", True),
        ("00000000000000000000000000000000:1EB4", "[::]:7860", False),
        ("0000000000000000FFFF00000100007F:1EB4", "[::ffff:127.0.0.1]:7860", True),
    ],
)
def test_addresses_are_read_in_the_kernels_order(address: str, shown: str, is_loopback: bool) -> None:
    (found,) = read_listeners([table(address)])

    assert found.shown.replace("::ffff:7f00:1", "::ffff:127.0.0.1") == shown
    assert (found.is_loopback, found.inode) == (is_loopback, 7)


def test_other_sockets_and_dockers_own_are_left_out() -> None:
    assert read_listeners([table("0100007F:1EB4", state="01"), table("0B00007F:9999"), "nonsense\n0: x y 0A"]) == ()


def test_a_socket_of_this_process_is_found_by_its_inode() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        own = socket_inodes(os.getpid())
        found = [each for each in read_listeners([Path("/proc/net/tcp").read_text()]) if each.inode in own]

        assert Listener(server.getsockname()[1], "127.0.0.1") in [Listener(each.port, each.host) for each in found]


def reason(*listeners: Listener, own_port: int = 7860, seen: str = "nothing was listening") -> str:
    return never_ready(7860, 30, seen, [], own_port, listeners)


def test_another_port_is_named() -> None:
    assert reason(Listener(8000, "0.0.0.0")).endswith("nothing was listening; it listens on port 8000 instead")
    assert reason(Listener(8000, "::1"), Listener(9000, "::")).endswith("it listens on port 8000, 9000 instead")


def test_the_loopback_address_alone_is_named() -> None:
    assert reason(Listener(7860, "127.0.0.1")).endswith("it listens on 127.0.0.1:7860 only")
    assert "only" not in reason(Listener(7860, "127.0.0.1"), Listener(7860, "0.0.0.0"))


def test_an_app_that_was_reached_is_not_told_where_it_listens() -> None:
    assert "it listens" not in reason(Listener(8000, "0.0.0.0"), seen="it answered with status 500")


def test_where_an_app_listens_that_does_not_answer_yet() -> None:
    elsewhere = listens_so_far([Listener(8000, "0.0.0.0")], 7860, 7860)

    assert elsewhere == "it listens on port 8000 instead so far, not on 0.0.0.0:7860"
    assert listens_so_far([Listener(7860, "127.0.0.1")], 7860, 7860) == (
        "it listens on 127.0.0.1:7860 only so far, not on 0.0.0.0:7860"
    )
    assert listens_so_far([], 7860, 7860) is None
    assert listens_so_far([Listener(40000, "0.0.0.0")], 7860, 40000) is None
