"""HTTP/1.1 heads and framing as values: no sockets, no state. The parsing of bytes itself is httptools' (llhttp)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from http import HTTPStatus

#: Name as received and value without surrounding blanks.
Header = tuple[bytes, bytes]

LAST_CHUNK = b"0\r\n\r\n"

#: Heads remembered in each direction: a visitor's requests mostly carry the same headers, and so do an app's answers.
_REMEMBERED = 256
_REASONS = {status.value: status.phrase.encode() for status in HTTPStatus}
#: Registered names, addresses and IPv6 literals; nothing that could end a line or start a path.
_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~-]+)(?::([0-9]{1,5}))?")
_ABSOLUTE = re.compile(rb"https?://([^/?#]*)([^#]*)", re.IGNORECASE)
_PROTOCOL = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~/-]+")


class Refusal(Exception):
    """A request that will not be served as it was sent; the connection closes after ``status`` and ``message``."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Framing(Enum):
    """How the end of a body is found."""

    NONE = auto()
    LENGTH = auto()
    CHUNKED = auto()
    UNTIL_CLOSE = auto()


@dataclass(frozen=True, slots=True, eq=False)
class HostName:
    """A Host header: ``name`` lower case without the trailing dot, ``raw`` as the visitor sent it."""

    name: str
    port: int | None
    raw: bytes


_NO_HOST = HostName("", None, b"")


@dataclass(frozen=True, slots=True, eq=False)
class RequestHeaders:
    """
    The headers of a request, checked, and what they say; the same for every request that has the same headers.

    ``upgrade`` is the protocol asked for, lower case, or None. ``connection`` is the Connection header, lower case,
    empty where there was none. ``size_bytes`` is what the headers took on the wire.
    """

    all: tuple[Header, ...]
    host: HostName | None
    framing: Framing
    connection: bytes
    upgrade: bytes | None
    expects_continue: bool
    size_bytes: int

    def first(self, name: bytes) -> bytes | None:
        """The first value of a header, by its lower-case name."""
        for key, value in self.all:
            if key.lower() == name:
                return value
        return None


@dataclass(slots=True)
class RequestHead:
    """A request head that passed the checks of ``read_request``. ``target`` is in origin form or ``*``."""

    method: bytes
    target: bytes
    headers: RequestHeaders
    host: HostName
    keep_alive: bool
    is_http10: bool

    @property
    def has_body(self) -> bool:
        return self.headers.framing is not Framing.NONE

    @property
    def path(self) -> bytes:
        return self.target.partition(b"?")[0]


@dataclass(frozen=True, slots=True, eq=False)
class ResponseHead:
    """
    The head of an instance's answer.

    ``framing`` already counts in that some answers never have a body; ``connection`` is the Connection header, lower
    case.
    """

    status: int
    reason: bytes
    headers: tuple[Header, ...]
    framing: Framing
    connection: bytes = b""


@lru_cache(maxsize=4096)
def lower(name: bytes) -> bytes:
    """A header name in lower case. Cached: the same few dozen names pass all day."""
    return name.lower()


@lru_cache(maxsize=4096)
def parse_host(raw: bytes) -> HostName:
    """
    Take a Host header apart.

    Raises: Refusal when it is not a host.
    Source: RFC 9112 section 3.2, RFC 3986 section 3.2.2.
    """
    match = _HOST.fullmatch(raw)
    if match is None:
        raise Refusal(400, "the Host header is not a host name")
    port = int(match[2]) if match[2] else None
    if port is not None and port > 65535:
        raise Refusal(400, "the Host header has an impossible port")
    return HostName(match[1].decode().lower().rstrip("."), port, raw)


def read_request(method: bytes, target: bytes, version: str, keep_alive: bool, headers: list[Header]) -> RequestHead:
    """
    Check what llhttp leaves to us and collect what the gateway decides by.

    llhttp has already refused bare line feeds, folded lines, control characters, Content-Length beside
    Transfer-Encoding, and repeated or malformed lengths.

    Raises: Refusal.
    """
    if method in (b"CONNECT", b"TRACE"):
        raise Refusal(405, f"{method.decode()} is not served here")
    if version not in ("1.0", "1.1"):
        raise Refusal(505, "only HTTP/1.0 and HTTP/1.1 are spoken here")
    told = _read_headers(tuple(headers), version)
    host = told.host
    if not target.startswith(b"/") or b"#" in target:
        target, host = _origin_form(target, host)
    if host is None:
        if version == "1.1":
            raise Refusal(400, "the Host header is missing")
        host = _NO_HOST
    return RequestHead(method, target, told, host, keep_alive, version == "1.0")


@lru_cache(maxsize=_REMEMBERED)
def _read_headers(headers: tuple[Header, ...], version: str) -> RequestHeaders:
    host, framing, connection, upgrade, expect, size = None, Framing.NONE, b"", b"", b"", 0
    checked: list[Header] = []
    for name, raw_value in headers:
        value = raw_value.strip()
        checked.append((name, value))
        size += len(name) + len(raw_value) + len(b": \r\n")
        key = name.lower()
        if key == b"host":
            if host is not None:
                raise Refusal(400, "more than one Host header")
            host = parse_host(value)
        elif key == b"content-length":
            framing = Framing.LENGTH if int(value) else Framing.NONE
        elif key == b"transfer-encoding":
            framing = _chunked_only(value, version)
        elif key == b"connection":
            connection = b"%b,%b" % (connection, value.lower()) if connection else value.lower()
        elif key == b"upgrade":
            upgrade = value
        elif key == b"expect":
            expect = value.lower()
    asks_upgrade = upgrade and version == "1.1" and b"upgrade" in tokens(connection)
    protocol = _protocol(upgrade) if asks_upgrade else None
    return RequestHeaders(tuple(checked), host, framing, connection, protocol, expect == b"100-continue", size)


@lru_cache(maxsize=_REMEMBERED)
def read_response(status: int, reason: bytes, headers: tuple[Header, ...], is_head: bool) -> ResponseHead:
    """
    The head of an instance's answer to a request (``is_head``: the request was HEAD).

    Raises: Refusal when its framing cannot be trusted; the visitor is then told 502.
    """
    framing, connection = Framing.UNTIL_CLOSE, b""
    for name, value in headers:
        key = lower(name)
        if key == b"content-length":
            framing = Framing.LENGTH
        elif key == b"transfer-encoding":
            framing = _chunked_only(value.strip(), "1.1")
        elif key == b"connection":
            connection = b"%b,%b" % (connection, value.lower())
    if is_head or status < 200 or status in (204, 304):
        framing = Framing.NONE
    return ResponseHead(status, reason, headers, framing, connection)


@lru_cache(maxsize=1024)
def tokens(value: bytes) -> frozenset[bytes]:
    """The members of a comma-separated header in lower case."""
    return frozenset(token.strip().lower() for token in value.split(b",")) - {b""}


def request_bytes(method: bytes, target: bytes, lines: bytes) -> bytes:
    """A request head as sent; ``lines`` are its headers as made by ``header_lines``."""
    return b"%b %b HTTP/1.1\r\n%b\r\n" % (method, target, lines)


def response_bytes(status: int, reason: bytes, headers: Iterable[Header]) -> bytes:
    """A response head as sent; an empty reason becomes the usual one."""
    return b"HTTP/1.1 %d %b\r\n%b\r\n" % (status, reason or _REASONS.get(status, b""), header_lines(headers))


def header_lines(headers: Iterable[Header]) -> bytes:
    """Headers as sent."""
    return b"".join([name + b": " + value + b"\r\n" for name, value in headers])


def chunk(data: bytes) -> bytes:
    """Data as one chunk of a chunked body. Never give it nothing: an empty chunk ends the body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def _chunked_only(value: bytes, version: str) -> Framing:
    # Other codings are legal but nobody sends them; two parsers that disagree about them is how requests get smuggled.
    if value.strip().lower() != b"chunked" or version != "1.1":
        raise Refusal(400, "the only Transfer-Encoding understood here is chunked")
    return Framing.CHUNKED


def _origin_form(target: bytes, host: HostName | None) -> tuple[bytes, HostName | None]:
    """A target in absolute form overrides the Host header. Source: RFC 9112 section 3.2.2."""
    if target.startswith(b"/"):
        return target.partition(b"#")[0], host
    if target == b"*":
        return target, host
    match = _ABSOLUTE.fullmatch(target.partition(b"#")[0])
    if match is None:
        raise Refusal(400, "the request target is neither a path nor an http address")
    path = match[2] if match[2].startswith(b"/") else b"/" + match[2]
    return path, parse_host(match[1])


def _protocol(value: bytes) -> bytes:
    if _PROTOCOL.fullmatch(value) is None:
        raise Refusal(400, "the Upgrade header names no single protocol")
    return value.lower()
