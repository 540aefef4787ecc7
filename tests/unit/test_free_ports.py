"""A Spaceport starts nothing where another program has its port."""

import socket
from dataclasses import replace

import pytest

from spaceport.errors import SettingsError
from spaceport.free_ports import check_ports
from spaceport.settings import load_settings


def test_a_port_that_another_program_has_is_named_with_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        settings = replace(load_settings({}), hub_port=port)

        with pytest.raises(SettingsError, match=f"port {port} .* SPACEPORT_HUB_PORT"):
            check_ports(settings)


def test_free_ports_are_no_problem() -> None:
    host = "127.83.17.201"
    with socket.create_server((host, 0)) as hub, socket.create_server((host, 0)) as apps:
        ports = hub.getsockname()[1], apps.getsockname()[1]

    check_ports(replace(load_settings({}), listen_host=host, hub_port=ports[0], apps_port=ports[1]))
