"""The door of a private Space: who may pass, and who gets a cookie for a signed link. Pure."""

from dataclasses import dataclass
from enum import Enum
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode

from spaceport.domain.app_access import (
    COOKIE_SECONDS,
    ENTRY_COOKIE,
    FRAME_COOKIE,
    SIGN_PARAMETER,
    end_of_shared,
    is_good,
    opens,
    signed,
)
from spaceport.domain.route import Route
from spaceport.gateway.wire import RequestHead

#: Where programs put their token. Source: hub-api.md section 10.6.
_TOKEN_HEADERS = (b"authorization", b"x-hf-authorization")


class Verdict(Enum):
    """``STRANGER`` is answered as if there were no such Space."""

    WELCOME = "welcome"
    STRANGER = "stranger"


@dataclass(frozen=True)
class LinkExchange:
    """A good link: go to the same address without it, with cookies instead, so that it stays in no history."""

    location: bytes
    cookies: tuple[bytes, ...]


def entry(head: RequestHead, route: Route, now: float, is_https: bool) -> Verdict | LinkExchange:
    """Whether this request may enter; ``now`` in seconds since the epoch, UTC."""
    if not route.private:
        return Verdict.WELCOME
    path, _, query = head.target.decode("latin-1").partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    links = [value for name, value in pairs if name == SIGN_PARAMETER]
    good = [link for link in links if is_good(route.sign_key, link, now)]
    if good and head.method in (b"GET", b"HEAD"):
        rest = urlencode([pair for pair in pairs if pair[0] != SIGN_PARAMETER])
        return LinkExchange(_location(path, rest), _cookies_for(good[0], route.sign_key, now, is_https))
    if opens(route, _tokens(head), [*links, *_cookies(head)], now):
        return Verdict.WELCOME
    return Verdict.STRANGER


def may_stay(head: RequestHead, route: Route, entered_at: float) -> bool:
    """
    Whether somebody who entered at ``entered_at`` may finish what is under way, as the Space's doors are now.

    What was taken away since counts, such as a token or being public; a ticket that was good then stays good.
    """
    return entry(head, route, entered_at, is_https=True) is not Verdict.STRANGER


def _location(path: str, query: str) -> bytes:
    # One slash only at the beginning: two would name another host.
    return ("/" + path.lstrip("/") + (f"?{query}" if query else "")).encode("latin-1")


def _cookies_for(link: str, key: str, now: float, is_https: bool) -> tuple[bytes, ...]:
    """
    Readers get a cookie that lasts for hours; a shared link gives no more time than it has itself.

    The second one is for frames, and counts only within pages of the site that frames the app now: see CHIPS, Cookies
    Having Independent Partitioned State. Browsers take ``Secure`` over http from this machine only, and need it there.
    """
    secure = "; Secure" if is_https else ""
    end = end_of_shared(link)
    ticket = link if end is not None else signed(key, now + COOKIE_SECONDS)
    seconds = COOKIE_SECONDS if end is None else int(end - now)
    both = f"{ticket}; Path=/; Max-Age={seconds}; HttpOnly"
    return (
        f"{ENTRY_COOKIE}={both}; SameSite=Lax{secure}".encode(),
        f"{FRAME_COOKIE}={both}; SameSite=None; Secure; Partitioned".encode(),
    )


def _tokens(head: RequestHead) -> list[str]:
    found = []
    for name in _TOKEN_HEADERS:
        scheme, _, token = (head.headers.first(name) or b"").decode("latin-1").partition(" ")
        if scheme.lower() == "bearer" and token:
            found.append(token.strip())
    return found


def _cookies(head: RequestHead) -> list[str]:
    if not _is_from_own_page(head):
        return []
    text = (head.headers.first(b"cookie") or b"").decode("latin-1")
    try:
        cookies = SimpleCookie(text)
    except CookieError:
        return []
    return [cookies[name].value for name in (ENTRY_COOKIE, FRAME_COOKIE) if name in cookies]


def _is_from_own_page(head: RequestHead) -> bool:
    """
    Or a visit: a page of somebody else uses no cookie of its reader.

    Other apps count as the same site, so that no kind of ``SameSite`` stops them, and many apps let every page read
    their answers. Browsers that do not say the site, as over http, say the origin of what changes something and of
    what a page may read.

    Source: W3C, Fetch Metadata Request Headers, section 2.
    """
    site, mode = head.headers.first(b"sec-fetch-site"), head.headers.first(b"sec-fetch-mode")
    if head.method in (b"GET", b"HEAD") and mode == b"navigate":
        return True
    if site is not None:
        return site in (b"same-origin", b"none")
    origin, host = head.headers.first(b"origin"), head.headers.first(b"host")
    return origin is None or origin.partition(b"://")[2].lower() == (host or b"").lower()
