"""Whether the ports that a Spaceport is to listen on are free, told before anything is started."""

import errno
import socket

from spaceport.errors import SettingsError
from spaceport.settings import PREFIX, Settings


def check_ports(settings: Settings) -> None:
    """
    Another program on a port would get the visitors, and the first admin's token with the first push.

    Raises: SettingsError that names the port and the setting for another one.
    """
    for port, setting in ((settings.hub_port, "HUB_PORT"), (settings.apps_port, "APPS_PORT")):
        problem = _problem_of(settings.listen_host, port)
        if problem == errno.EADDRINUSE:
            raise SettingsError(
                f"port {port} is taken by another program: stop it, or choose another port with {PREFIX}{setting}"
            )
        if problem == errno.EACCES:
            raise SettingsError(f"port {port} is not for this user: choose another one with {PREFIX}{setting}")


def _problem_of(host: str, port: int) -> int | None:
    """The number of the error that listening there gives; None for none, and for a host that is not understood."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen()
    except OSError as error:
        return error.errno
    return None
