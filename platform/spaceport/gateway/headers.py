"""Which headers pass through the gateway and which it adds: pure functions, both directions."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache

from spaceport.gateway.dressing import PLAIN, Dressing
from spaceport.gateway.wire import (
    Framing,
    Header,
    HostName,
    RequestHead,
    RequestHeaders,
    ResponseHead,
    header_lines,
    lower,
    request_bytes,
    response_bytes,
    tokens,
)

#: Meant for one hop only. Source: RFC 9110 section 7.6.1, and the proxy credentials of section 11.7.
HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authentication-info",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
#: Never removed because a Connection header lists them: the request would change its meaning.
_ESSENTIAL = frozenset({b"host", b"content-length", b"authorization", b"cookie"})
#: Heads remembered in each direction; they are compared by identity, as ``wire`` remembers them too.
_REMEMBERED = 256
#: Rewritten by the gateway on the way in.
_REWRITTEN = frozenset({b"host", b"cookie", b"authorization", b"x-hf-authorization"})


@dataclass(frozen=True, eq=False)
class ForwardRules:
    """What of a request an app gets to see; ``scheme`` is the public one when nobody trusted says otherwise."""

    scheme: bytes
    hidden_cookies: frozenset[bytes]


@dataclass(frozen=True, slots=True, eq=False)
class Peer:
    """Who is on the other end of the visitor's connection."""

    address: bytes
    is_trusted: bool = False


@dataclass(frozen=True, slots=True)
class ResponsePlan:
    """How an answer goes out: its head, whether body bytes are chunked by us, and whether the connection ends."""

    head: bytes
    framing: Framing
    keep_alive: bool


def public_scheme(headers: RequestHeaders, peer: Peer, rules: ForwardRules) -> bytes:
    """The scheme that the visitor used, as far as anybody who is trusted says so."""
    return _told_by(headers).get(b"x-forwarded-proto", rules.scheme) if peer.is_trusted else rules.scheme


def hidden_cookie_names(names: tuple[str, ...]) -> frozenset[bytes]:
    """Cookie names with the prefixes that browsers give a meaning to."""
    return frozenset(f"{prefix}{name}".encode() for name in names for prefix in ("", "__Host-", "__Secure-"))


def visitor_address(headers: RequestHeaders, peer: Peer) -> bytes:
    """The visitor's own address: what the last proxy saw that we trust, else who is on the other end."""
    told = _told_by(headers).get(b"x-forwarded-for") if peer.is_trusted else None
    return told.rpartition(b",")[2].strip() if told else peer.address


def forwarded_request(head: RequestHead, peer: Peer, rules: ForwardRules) -> bytes:
    """
    The request head as the instance gets it.

    The Host stays the visitor's; ``X-Forwarded-Host`` repeats it with its port, because Gradio builds its addresses
    from it. Credentials for the hub never pass.

    Source: RFC 9110 section 7.6.1; hub-api 10.6.
    """
    return request_bytes(head.method, head.target, _forwarded_lines(head.headers, head.host, peer, rules))


@lru_cache(maxsize=_REMEMBERED)
def _forwarded_lines(headers: RequestHeaders, host: HostName, peer: Peer, rules: ForwardRules) -> bytes:
    listed = _listed(headers.connection)
    passed: list[Header] = [(b"Host", host.raw)]
    for header in headers.all:
        kind = _classify(header[0])
        if kind is _Kind.PASS:
            if lower(header[0]) not in listed:
                passed.append(header)
        elif kind is _Kind.REWRITE:
            passed.extend(_rewritten(header, rules))
        elif kind is _Kind.TRUSTED and peer.is_trusted:
            passed.append(header)
    passed.extend(_forwarded_headers(headers, host, peer, rules))
    if headers.framing is Framing.CHUNKED:
        passed.append((b"Transfer-Encoding", b"chunked"))
    if headers.upgrade:
        passed += [(b"Connection", b"Upgrade"), (b"Upgrade", headers.first(b"upgrade") or headers.upgrade)]
    return header_lines(passed)


def planned_response(
    request: RequestHead, response: ResponseHead, keep_alive: bool, dressing: Dressing = PLAIN
) -> ResponsePlan:
    """
    The answer's head as the visitor gets it, with the Space's own ``dressing``.

    A body without a length is chunked for HTTP/1.1, so that a cut is seen as a cut; for HTTP/1.0 the close ends it.
    """
    return _planned(response, request.is_http10, keep_alive and request.keep_alive, dressing)


@lru_cache(maxsize=_REMEMBERED)
def _planned(response: ResponseHead, is_http10: bool, keep_alive: bool, dressing: Dressing) -> ResponsePlan:
    dropped = _listed(response.connection)
    if response.status == 204:
        dropped |= {b"content-length"}
    headers = [header for header in response.headers if _passes_out(header[0]) and lower(header[0]) not in dropped]
    headers = dressing.on(headers)
    framing = response.framing
    if framing in (Framing.CHUNKED, Framing.UNTIL_CLOSE):
        framing = Framing.UNTIL_CLOSE if is_http10 else Framing.CHUNKED
    if framing is Framing.CHUNKED:
        headers.append((b"Transfer-Encoding", b"chunked"))
    keep_alive = keep_alive and framing is not Framing.UNTIL_CLOSE
    headers.extend(connection_header(is_http10, keep_alive))
    return ResponsePlan(response_bytes(response.status, response.reason, headers), framing, keep_alive)


def connection_header(is_http10: bool, keep_alive: bool) -> list[Header]:
    """What the visitor must be told about the connection's future; HTTP/1.1 assumes that it goes on."""
    if not keep_alive:
        return [(b"Connection", b"close")]
    return [(b"Connection", b"keep-alive")] if is_http10 else []


def informational_response(response: ResponseHead) -> bytes:
    """A 1xx head as the visitor gets it; 101 keeps what makes it an upgrade."""
    headers = [header for header in response.headers if lower(header[0]) not in HOP_BY_HOP]
    if response.status == 101:
        protocols = [value for name, value in response.headers if lower(name) == b"upgrade"]
        headers += [(b"Connection", b"Upgrade"), *((b"Upgrade", value) for value in protocols)]
    return response_bytes(response.status, response.reason, headers)


def without_cookies(value: bytes, hidden: frozenset[bytes]) -> bytes:
    """A Cookie header without the hidden names; empty when nothing is left."""
    pairs = [pair.strip() for pair in value.split(b";")]
    return b"; ".join(pair for pair in pairs if pair and pair.partition(b"=")[0].strip() not in hidden)


def is_hub_token(value: bytes) -> bool:
    """Whether an Authorization value is a token of the hub: nothing an app should ever see."""
    scheme, _, credentials = value.partition(b" ")
    return scheme.lower() == b"bearer" and credentials.strip().startswith(b"hf_")


class _Kind(Enum):
    """What becomes of a request header."""

    PASS = auto()
    DROP = auto()
    REWRITE = auto()
    TRUSTED = auto()


@lru_cache(maxsize=4096)
def _classify(name: bytes) -> _Kind:
    # An app behind WSGI cannot tell X_Forwarded_Host from X-Forwarded-Host, so both spellings are held to one rule.
    key = name.lower().replace(b"_", b"-")
    is_odd_spelling = b"_" in name
    if key in HOP_BY_HOP or key.startswith(b"x-spaceport-"):
        return _Kind.DROP
    if key in _REWRITTEN:
        return _Kind.DROP if is_odd_spelling else _Kind.REWRITE
    if key.startswith(b"x-forwarded-") or key in (b"forwarded", b"x-real-ip"):
        is_ours = key in (b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-forwarded-port")
        return _Kind.DROP if is_odd_spelling or is_ours else _Kind.TRUSTED
    return _Kind.PASS


@lru_cache(maxsize=4096)
def _passes_out(name: bytes) -> bool:
    key = name.lower()
    return key not in HOP_BY_HOP and not key.startswith(b"x-spaceport-")


def _rewritten(header: Header, rules: ForwardRules) -> Iterator[Header]:
    key = lower(header[0])
    if key == b"cookie":
        if rest := without_cookies(header[1], rules.hidden_cookies):
            yield header[0], rest
    elif key == b"authorization" and not is_hub_token(header[1]):
        yield header


def _forwarded_headers(headers: RequestHeaders, host: HostName, peer: Peer, rules: ForwardRules) -> list[Header]:
    told = _told_by(headers) if peer.is_trusted else {}
    scheme = public_scheme(headers, peer, rules)
    default_port = b"443" if scheme == b"https" else b"80"
    port = str(host.port).encode() if host.port is not None else default_port
    before = told.get(b"x-forwarded-for")
    return [
        (b"X-Forwarded-Proto", scheme),
        (b"X-Forwarded-Host", told.get(b"x-forwarded-host", host.raw)),
        (b"X-Forwarded-Port", told.get(b"x-forwarded-port", port)),
        (b"X-Forwarded-For", before + b", " + peer.address if before else peer.address),
    ]


def _told_by(headers: RequestHeaders) -> dict[bytes, bytes]:
    """The X-Forwarded headers of a trusted proxy; repeated ones are one list. Source: RFC 9110 section 5.3."""
    told: dict[bytes, bytes] = {}
    for name, value in headers.all:
        key = lower(name)
        if key.startswith(b"x-forwarded-") and value:
            told[key] = told[key] + b", " + value if key in told else value
    return told


@lru_cache(maxsize=1024)
def _listed(connection: bytes) -> frozenset[bytes]:
    """What a Connection header takes off besides the usual."""
    return tokens(connection) - _ESSENTIAL - HOP_BY_HOP - {b"close"}
