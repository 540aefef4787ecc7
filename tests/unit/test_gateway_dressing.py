"""What a Space adds to every answer, and where requests are sent that belong somewhere else."""

from typing import Any

import pytest

from spaceport.domain.route import Route
from spaceport.domain.stage import Stage
from spaceport.gateway.dressing import PLAIN, dressing_of, origins_of
from spaceport.gateway.headers import ForwardRules, Peer
from spaceport.gateway.redirects import first_page, new_address
from spaceport.gateway.wire import RequestHead, read_request

HTML = (b"Accept", b"text/html")


def route(**values: Any) -> Route:
    defaults = {"space_id": "s", "space_name": "a/b", "title": "", "hosts": ("new.apps.x",), "stage": Stage.RUNNING}
    return Route(**{**defaults, **values})


def request(target: bytes = b"/", *headers: tuple[bytes, bytes], method: bytes = b"GET") -> RequestHead:
    return read_request(method, target, "1.1", True, [(b"Host", b"app.apps.x:7701"), *headers])


def test_a_space_without_wishes_adds_nothing() -> None:
    assert dressing_of(route(), ("http://hub",)) is PLAIN


def test_headers_of_the_card_replace_the_app_s() -> None:
    dressing = dressing_of(route(custom_headers={"cross-origin-opener-policy": "same-origin"}), ())
    app = [(b"Cross-Origin-Opener-Policy", b"unsafe-none"), (b"X", b"y")]

    assert dressing.on(app) == [(b"X", b"y"), (b"cross-origin-opener-policy", b"same-origin")]


@pytest.mark.parametrize("closed", [{"allows_embedding": False}, {"private": True}])
def test_only_the_hub_frames_a_closed_space_and_the_app_s_own_policy_stays(closed: dict[str, bool]) -> None:
    dressing = dressing_of(route(**closed), ("https://hub.x",))
    app = [(b"Content-Security-Policy", b"default-src 'self'")]

    assert dressing.on(app) == [*app, (b"Content-Security-Policy", b"frame-ancestors 'self' https://hub.x")]


def test_no_header_can_hide_another() -> None:
    custom = {"a": "b\r\nSet-Cookie: x", "b c": "d", "good": "yes"}

    assert dressing_of(route(custom_headers=custom), ()).headers == ((b"good", b"yes"),)


@pytest.mark.parametrize(
    ("hub", "origins"),
    [
        ("https://hub.example.org", ("https://hub.example.org",)),
        ("http://hub.example.org:7700/", ("http://hub.example.org:7700",)),
        ("http://localhost:7700", ("http://localhost:7700", "http://127.0.0.1:7700")),
        ("", ()),
    ],
)
def test_the_hub_on_this_machine_has_two_names(hub: str, origins: tuple[str, ...]) -> None:
    assert origins_of(hub) == origins


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (request(b"/", HTML), b"/start"),
        (request(b"/?a=b", HTML, (b"Sec-Fetch-Site", b"cross-site")), b"/start?a=b"),
        (request(b"/", HTML, (b"Sec-Fetch-Site", b"same-origin")), None),
        (request(b"/", HTML, (b"Referer", b"http://app.apps.x:7701/start")), None),
        (request(b"/", HTML, (b"Referer", b"http://hub.x/spaces/a/b")), b"/start"),
        (request(b"/other", HTML), None),
        (request(b"/"), None),
        (request(b"/", HTML, method=b"POST"), None),
    ],
)
def test_who_comes_from_outside_begins_at_the_first_page(head: RequestHead, expected: bytes | None) -> None:
    assert first_page(head, route(base_path="/start")) == expected


def test_a_first_page_is_always_on_the_same_host() -> None:
    assert first_page(request(b"/", HTML), route(base_path="//evil.x/\r\n")) == b"/evil.x/%0D%0A"


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        (Peer(b"1.2.3.4"), b"http://new.apps.x:7701/a?b=c"),
        (Peer(b"1.2.3.4", is_trusted=True), b"https://new.apps.x:7701/a?b=c"),
    ],
)
def test_an_old_host_leads_to_the_same_path_at_the_new_one(peer: Peer, expected: bytes) -> None:
    rules = ForwardRules(b"http", frozenset())
    head = request(b"/a?b=c", (b"X-Forwarded-Proto", b"https"))

    assert new_address(head, peer, rules, route()) == expected
