"""Header rules and heads: pure functions, so every combination can be tried."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaceport.gateway.headers import (
    ForwardRules,
    Peer,
    forwarded_request,
    hidden_cookie_names,
    is_hub_token,
    planned_response,
    without_cookies,
)
from spaceport.gateway.settings import GatewaySettings
from spaceport.gateway.wire import (
    Framing,
    Header,
    Refusal,
    RequestHead,
    ResponseHead,
    chunk,
    parse_host,
    read_request,
    read_response,
)

RULES = ForwardRules(b"http", hidden_cookie_names(GatewaySettings.hidden_cookies))
VISITOR = Peer(b"203.0.113.9")
PROXY = Peer(b"10.0.0.1", is_trusted=True)

TOKEN = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=20).map(str.encode)
VALUE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=40).map(str.encode)


def request(*headers: Header, method: bytes = b"GET", target: bytes = b"/", version: str = "1.1") -> RequestHead:
    return read_request(method, target, version, True, [(b"Host", b"app.localhost:7701"), *headers])


def forwarded(*headers: Header, peer: Peer = VISITOR, rules: ForwardRules = RULES) -> list[tuple[str, str]]:
    raw = forwarded_request(request(*headers), peer, rules).decode("latin-1")
    lines = raw.removesuffix("\r\n\r\n").split("\r\n")[1:]
    return [(line.split(": ", 1)[0].lower(), line.split(": ", 1)[1]) for line in lines]


def test_the_host_stays_and_is_repeated_with_its_port() -> None:
    told = dict(forwarded())

    assert told["host"] == told["x-forwarded-host"] == "app.localhost:7701"
    assert (told["x-forwarded-port"], told["x-forwarded-proto"]) == ("7701", "http")


def test_a_host_without_port_means_the_schemes_port() -> None:
    head = read_request(b"GET", b"/", "1.1", True, [(b"Host", b"app.example")])

    assert b"X-Forwarded-Port: 443\r\n" in forwarded_request(head, VISITOR, ForwardRules(b"https", frozenset()))


@pytest.mark.parametrize(
    "name",
    [
        b"X-Forwarded-For",
        b"x-forwarded-host",
        b"X-Forwarded-Proto",
        b"X-Forwarded-Prefix",
        b"X_Forwarded_Host",
        b"Forwarded",
        b"X-Real-IP",
        b"X-Spaceport-User",
        b"x_spaceport_user",
        b"X-HF-Authorization",
        b"Proxy-Authorization",
    ],
)
def test_claims_of_visitors_do_not_pass(name: bytes) -> None:
    assert "claimed" not in [value for _, value in forwarded((name, b"claimed"))]


def test_a_trusted_proxy_is_believed_and_appended_to() -> None:
    told = dict(
        forwarded(
            (b"X-Forwarded-For", b"1.1.1.1"),
            (b"X-Forwarded-For", b"2.2.2.2"),
            (b"X-Forwarded-Proto", b"https"),
            (b"X-Forwarded-Host", b"demo.example"),
            (b"X-Real-IP", b"1.1.1.1"),
            peer=PROXY,
        )
    )

    assert told["x-forwarded-for"] == "1.1.1.1, 2.2.2.2, 10.0.0.1"
    assert (told["x-forwarded-proto"], told["x-forwarded-host"]) == ("https", "demo.example")
    assert told["x-real-ip"] == "1.1.1.1"


def test_a_trusted_proxy_still_cannot_speak_for_spaceport() -> None:
    assert "x-spaceport-user" not in dict(forwarded((b"X-Spaceport-User", b"root"), peer=PROXY))


@pytest.mark.parametrize(
    ("value", "rest"),
    [
        (b"spaceport_session=s", b""),
        (b"a=1; spaceport_session=s; b=2", b"a=1; b=2"),
        (b"__Host-spaceport_session=s;a=1", b"a=1"),
        (b"spaceport_session =s; xspaceport_session=1", b"xspaceport_session=1"),
        (b"a=1; ; b", b"a=1; b"),
        (b"spaceport_entry=s; spaceport_frame=s; a=1", b"a=1"),
    ],
)
def test_the_hubs_cookie_is_taken_off(value: bytes, rest: bytes) -> None:
    assert without_cookies(value, RULES.hidden_cookies) == rest


@pytest.mark.parametrize(
    ("value", "is_hubs"),
    [(b"Bearer hf_abc", True), (b"bearer  hf_abc", True), (b"Bearer abc", False), (b"Basic aGZfOg==", False)],
)
def test_only_hub_tokens_are_taken_off(value: bytes, is_hubs: bool) -> None:
    assert is_hub_token(value) is is_hubs
    assert ("authorization" in dict(forwarded((b"Authorization", value)))) is not is_hubs


def test_headers_that_connection_lists_go_no_further() -> None:
    told = dict(forwarded((b"Connection", b"close, X-Once"), (b"X-Once", b"1"), (b"Keep-Alive", b"5"), (b"TE", b"x")))

    assert not {"x-once", "connection", "keep-alive", "te"} & told.keys()


def test_connection_cannot_take_away_what_makes_the_request() -> None:
    told = dict(forwarded((b"Connection", b"host, content-length"), (b"Content-Length", b"3")))

    assert told["host"] == "app.localhost:7701"
    assert told["content-length"] == "3"


def test_an_upgrade_is_asked_for_again() -> None:
    told = dict(forwarded((b"Connection", b"keep-alive, upgrade"), (b"Upgrade", b"WebSocket")))

    assert (told["connection"], told["upgrade"]) == ("Upgrade", "WebSocket")
    assert "upgrade" not in dict(forwarded((b"Upgrade", b"websocket")))


@given(st.lists(st.tuples(TOKEN, VALUE), max_size=12))
def test_whatever_comes_one_host_and_one_of_each_forwarded_header_go_out(headers: list[Header]) -> None:
    special = (b"host", b"content-length", b"transfer-encoding", b"upgrade", b"connection")
    names = [name for name, _ in forwarded(*(header for header in headers if header[0] not in special))]

    for name in ("host", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port"):
        assert names.count(name) == 1
    assert not any(name.startswith("x-spaceport-") for name in names)


@given(st.lists(st.tuples(TOKEN, VALUE), max_size=12), st.sampled_from(list(Framing)))
def test_whatever_an_app_answers_its_framing_is_ours(headers: list[Header], framing: Framing) -> None:
    safe = [header for header in headers if header[0] not in (b"transfer-encoding", b"connection", b"content-length")]
    plan = planned_response(request(), ResponseHead(200, b"OK", tuple(safe), framing), keep_alive=True)
    lines = plan.head.lower().split(b"\r\n")

    assert lines.count(b"transfer-encoding: chunked") == (framing in (Framing.CHUNKED, Framing.UNTIL_CLOSE))
    assert plan.keep_alive
    assert plan.head.count(b"\r\n\r\n") == 1
    assert plan.head.endswith(b"\r\n\r\n")


def test_an_http_10_client_gets_a_body_that_ends_with_the_connection() -> None:
    head = request(version="1.0")
    plan = planned_response(head, ResponseHead(200, b"", (), Framing.CHUNKED), keep_alive=True)

    assert (plan.framing, plan.keep_alive) == (Framing.UNTIL_CLOSE, False)
    assert b"Connection: close\r\n" in plan.head


def test_an_app_cannot_answer_in_the_gateways_name() -> None:
    response = ResponseHead(200, b"", ((b"X-Spaceport-Stage", b"RUNNING"),), Framing.NONE)

    assert b"Stage" not in planned_response(request(), response, keep_alive=True).head


@pytest.mark.parametrize(
    ("raw", "name", "port"),
    [
        (b"App.Localhost", "app.localhost", None),
        (b"app.localhost.:7701", "app.localhost", 7701),
        (b"[::1]:80", "[::1]", 80),
        (b"127.0.0.1", "127.0.0.1", None),
    ],
)
def test_hosts_are_compared_without_case_port_and_last_dot(raw: bytes, name: str, port: int | None) -> None:
    assert (parse_host(raw).name, parse_host(raw).port, parse_host(raw).raw) == (name, port, raw)


@given(st.binary(max_size=60))
def test_a_host_is_a_host_or_refused(raw: bytes) -> None:
    with contextlib.suppress(Refusal):
        assert not set(parse_host(raw).name) & set(" /?#@\r\n\t\0\\")


@pytest.mark.parametrize(
    ("target", "expected", "host"),
    [
        (b"/a?b#c", b"/a?b", "app.localhost"),
        (b"http://other.localhost:1/a?b", b"/a?b", "other.localhost"),
        (b"HTTP://other.localhost", b"/", "other.localhost"),
        (b"http://other.localhost?q", b"/?q", "other.localhost"),
        (b"*", b"*", "app.localhost"),
        (b"//evil.example/a", b"//evil.example/a", "app.localhost"),
    ],
)
def test_targets_become_paths(target: bytes, expected: bytes, host: str) -> None:
    head = request(target=target)

    assert (head.target, head.host.name) == (expected, host)


def test_lengths_of_zero_are_no_body() -> None:
    assert not request((b"Content-Length", b"0")).has_body
    assert request((b"Content-Length", b"1")).headers.framing is Framing.LENGTH
    assert request((b"Transfer-Encoding", b"Chunked")).headers.framing is Framing.CHUNKED


@pytest.mark.parametrize(
    ("status", "is_head", "headers", "framing"),
    [
        (200, False, [(b"Content-Length", b"0")], Framing.LENGTH),
        (200, False, [(b"Transfer-Encoding", b"chunked")], Framing.CHUNKED),
        (200, False, [], Framing.UNTIL_CLOSE),
        (200, True, [(b"Content-Length", b"5")], Framing.NONE),
        (204, False, [], Framing.NONE),
        (304, False, [(b"Content-Length", b"5")], Framing.NONE),
    ],
)
def test_how_an_answer_ends(status: int, is_head: bool, headers: list[Header], framing: Framing) -> None:
    assert read_response(status, b"", tuple(headers), is_head).framing is framing


def test_unknown_codings_of_an_app_are_refused() -> None:
    with pytest.raises(Refusal):
        read_response(200, b"", ((b"Transfer-Encoding", b"gzip"),), is_head=False)


@given(st.binary(min_size=1, max_size=300))
def test_a_chunk_holds_its_data(data: bytes) -> None:
    size, _, rest = chunk(data).partition(b"\r\n")

    assert rest == data + b"\r\n"
    assert int(size, 16) == len(data)
