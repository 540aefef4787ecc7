"""The gateway's own settings, handed over as plain values."""

from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from pathlib import Path

from spaceport.domain.app_access import ENTRY_COOKIE, FRAME_COOKIE
from spaceport.errors import SettingsError
from spaceport.gateway.waiting_room import RoomLimits


@dataclass(frozen=True)
class GatewaySettings:
    """
    What a gateway needs to know. Checked when made.

    ``hub_url`` is where pages for people link to; ``routes_file`` keeps the copy of the routes that a gateway serves
    from when it restarts while Redis is away. ``trusted_proxies`` are addresses or networks whose ``X-Forwarded-*``
    headers are believed; everybody else's are replaced. ``hidden_cookies`` never reach an app, with or without a
    ``__Host-`` or ``__Secure-`` prefix.

    ``header_timeout_seconds`` is for a whole request head, ``keep_alive_seconds`` for the time between two requests,
    ``body_idle_seconds`` for silence in the middle of an upload, ``stream_idle_seconds`` for silence on an answer or
    WebSocket that is under way, ``drain_seconds`` for requests in flight when the gateway stops.
    ``upstream_idle_seconds`` stays below the five seconds after which uvicorn and Node close a quiet connection;
    ``unsafe_idle_seconds`` is the same for requests that must not be sent twice. ``room_limits`` are for requests that
    wait for a Space to wake up.

    Raises: SettingsError when a value makes no sense.
    """

    gateway_id: str
    hub_url: str
    routes_file: Path
    redis_url: str = "redis://127.0.0.1:6379/0"
    listen_host: str = "127.0.0.1"
    listen_port: int = 7701
    apps_domain: str = "localhost"
    public_scheme: str = "http"
    trusted_proxies: tuple[str, ...] = ()
    hidden_cookies: tuple[str, ...] = ("spaceport_session", ENTRY_COOKIE, FRAME_COOKIE)
    max_connections: int = 4096
    max_header_bytes: int = 64 * 1024
    header_timeout_seconds: float = 15
    keep_alive_seconds: float = 75
    body_idle_seconds: float = 120
    stream_idle_seconds: float = 2 * 3600
    connect_timeout_seconds: float = 5
    upstream_idle_seconds: float = 4
    unsafe_idle_seconds: float = 1
    max_idle_per_upstream: int = 64
    drain_seconds: float = 10
    room_limits: RoomLimits = field(default_factory=RoomLimits)
    access_log: bool = False

    def __post_init__(self) -> None:
        if self.public_scheme not in ("http", "https"):
            raise SettingsError(f"the gateway's public scheme is {self.public_scheme!r}: it must be http or https")
        if not 0 <= self.listen_port < 65536:
            raise SettingsError(f"the gateway's port is {self.listen_port}: it must be between 0 and 65535")
        for network in self.trusted_proxies:
            try:
                ip_network(network, strict=False)
            except ValueError as error:
                raise SettingsError(f"trusted proxy {network!r} is neither an address nor a network") from error

    @property
    def listens_on_loopback(self) -> bool:
        """Whether Spaces' own loopback addresses must be listened on one by one."""
        try:
            return ip_address(self.listen_host).is_loopback
        except ValueError:
            return self.listen_host == "localhost"
