"""Messages to other people's servers."""

import ipaddress
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import httpx

from spaceport.domain.webhook import Answer

#: Seconds that connecting, and each read of an answer, may take.
_TIMEOUT_SECONDS = 10.0
#: Seconds that a delivery may take altogether: a server that sends a byte now and then must not hold up the others'.
_WHOLE_SECONDS = 30.0
#: Bytes of an answer that are read; the rest is left.
_READ_BYTES = 4096
_NOT_SENT = "webhooks may not go to this machine itself, to link-local addresses, or to instances of Spaces directly"


class HttpPoster:
    """
    Posts JSON. Follows no redirect: the address checked would not be the one reached.

    Unless ``allows_loopback``, this machine's own services and link-local addresses (where clouds keep their secrets)
    are not posted to: whoever may write a webhook must not reach what only this machine may. Nor are instances in
    ``apps_network``: the way to an app is through the gateway, which knows whom a private one lets in.
    """

    def __init__(
        self, allows_loopback: bool, whole_seconds: float = _WHOLE_SECONDS, apps_network: str | None = None
    ) -> None:
        self._allows_loopback = allows_loopback
        self._apps_network = ipaddress.ip_network(apps_network, strict=False) if apps_network else None
        self._whole_seconds = whole_seconds
        # Without connections that are kept: each has a deadline of its own.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._client = httpx.Client(timeout=_TIMEOUT_SECONDS, limits=limits, follow_redirects=False, trust_env=False)

    def post(self, url: str, payload: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
        try:
            target, host = self._pinned(url)
        except (OSError, ValueError) as error:
            return Answer(None, f"the address cannot be reached: {error}")
        if target is None:
            return Answer(None, f"not sent: {_NOT_SENT}")
        # A payload may hold lone surrogates from somebody's commit message, which are no UTF-8.
        body = json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")
        extensions: dict[str, Any] = {"sni_hostname": host} if url.startswith("https:") else {}
        # A secret may be of any letters. Uncompressed, so that a short answer cannot become a long one here.
        sent = {**headers, "Host": _host_header(url), "Accept-Encoding": "identity"}
        encoded = [(name.encode(), value.encode("utf-8", "replace")) for name, value in sent.items()]
        try:
            with (
                _deadline(self._whole_seconds) as trace,
                self._client.stream(
                    "POST", target, content=body, headers=encoded, extensions={**extensions, "trace": trace}
                ) as answer,
            ):
                text = next(answer.iter_raw(_READ_BYTES), b"")
                return Answer(answer.status_code, text.decode("utf-8", "replace").replace("\0", "\ufffd"))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return Answer(None, f"{type(error).__name__}: {error}")

    def close(self) -> None:
        self._client.close()

    def _pinned(self, url: str) -> tuple[str | None, str]:
        """
        The URL with the address that was checked in place of the name: a name that answers otherwise the second time
        is no way around the check. None where the address is not allowed.
        """
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][4][0]
        found = ipaddress.ip_address(str(address).split("%")[0])
        mapped = getattr(found, "ipv4_mapped", None) or found
        is_ours = mapped.is_loopback or mapped.is_link_local or mapped.is_unspecified or mapped.is_multicast
        if is_ours and not self._allows_loopback:
            return None, host
        if self._apps_network is not None and mapped in self._apps_network:
            return None, host
        literal = f"[{found}]" if found.version == 6 else str(found)
        return parts._replace(netloc=f"{literal}:{port}").geturl(), host


def _host_header(url: str) -> str:
    """As the name was looked up: letters that are not ASCII in their other form."""
    host = urlsplit(url).netloc.rpartition("@")[2]
    return host if host.isascii() else host.encode("idna").decode()


@contextmanager
def _deadline(seconds: float) -> Iterator[Any]:
    """
    Ends the connection that is opened meanwhile after so many seconds; gives what tells us of it.

    Source: https://www.encode.io/httpcore/extensions/ (trace)
    """
    opened: list[socket.socket] = []

    def trace(event: str, info: Mapping[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            # A handle of its own: the one of the connection changes when TLS begins.
            opened.append(info["return_value"].get_extra_info("socket").dup())

    def end() -> None:
        for connection in opened:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield trace
    finally:
        timer.cancel()
        for connection in opened:
            connection.close()
