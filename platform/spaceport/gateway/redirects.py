"""Requests that belong somewhere else: at a Space's new name, or at its first page. Pure."""

from urllib.parse import quote

from spaceport.domain.route import Route
from spaceport.gateway.headers import ForwardRules, Peer, public_scheme
from spaceport.gateway.pages import wants_page
from spaceport.gateway.wire import RequestHead

#: What may stand in a path and a query as it is. Source: RFC 3986 section 3.3 and 3.4.
_SAFE = "/:@!$&'()*+,;=~?%-._"


def new_address(head: RequestHead, peer: Peer, rules: ForwardRules, route: Route) -> bytes:
    """Where a request to an old host of this Space should go: the same path at the new one."""
    port = f":{head.host.port}" if head.host.port is not None else ""
    target = head.target if head.target.startswith(b"/") else b"/"
    return public_scheme(head.headers, peer, rules) + f"://{route.hosts[0]}{port}".encode() + target


def first_page(head: RequestHead, route: Route) -> bytes | None:
    """
    Where somebody who comes to the bare host should begin, None for everything else.

    Only who comes from outside is sent there: a link to ``/`` inside the app means what it says.
    """
    if route.base_path == "/":
        return None
    path, question_mark, query = head.target.partition(b"?")
    if path != b"/" or head.method not in (b"GET", b"HEAD"):
        return None
    if not wants_page(head) or _comes_from_inside(head):
        return None
    # One slash only at the beginning: two would name another host.
    start = "/" + quote(route.base_path.lstrip("/"), safe=_SAFE)
    return start.encode() + question_mark + query


def _comes_from_inside(head: RequestHead) -> bool:
    site = head.headers.first(b"sec-fetch-site")
    if site is not None:
        return site == b"same-origin"
    referer = head.headers.first(b"referer") or b""
    return referer.split(b"/")[2:3] == [head.host.raw]
