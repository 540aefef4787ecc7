"""Who may enter a private Space's app: checked by the gateway alone, from what the route carries."""

import hashlib
import hmac

from spaceport.domain.route import Route

#: Query parameter of a signed link, as the Hub's own pages use it. Source: hub-api.md section 10.6.
SIGN_PARAMETER = "__sign"
#: Cookie a signed link is exchanged for, on the Space's own host.
ENTRY_COOKIE = "spaceport_entry"
#: The same for a frame in a page of another site, as the hub's is where the apps have a domain of their own, or on
#: ``localhost``: browsers leave out the other one there.
FRAME_COOKIE = "spaceport_frame"
#: How long a signed link opens the door, and how long the cookie keeps it open.
LINK_SECONDS = 300
COOKIE_SECONDS = 12 * 3600
#: How long a link that is given to others may open the door.
LONGEST_SHARE_SECONDS = 30 * 24 * 3600
#: Begins the ticket of such a link.
_SHARED = "s"


def sign_key(internal_secret: str, space_id: str, links_version: int) -> str:
    """
    The key of one Space's links; known to hub, controller and gateway, never to the app.

    Another ``links_version`` makes another key, which revokes all links and cookies made before.
    """
    text = f"app:{space_id}:{links_version}"
    return hmac.new(internal_secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def signed(key: str, expires_at: float) -> str:
    """A reader's ticket that is good until ``expires_at`` (seconds since the epoch, UTC)."""
    until = str(int(expires_at))
    return f"{until}.{_seal(key, until)}"


def shared(key: str, expires_at: float) -> str:
    """A ticket for somebody else: whatever it is exchanged for ends with it."""
    until = f"{_SHARED}{int(expires_at)}"
    return f"{until}.{_seal(key, until)}"


def end_of_shared(ticket: str) -> int | None:
    """When a shared ticket (which is good) ends, in seconds since the epoch; None for a reader's."""
    until = ticket.partition(".")[0]
    return int(until.removeprefix(_SHARED)) if until.startswith(_SHARED) else None


def is_good(key: str, ticket: str, now: float) -> bool:
    """Whether this ticket was signed with this key and is not over."""
    until, _, seal = ticket.partition(".")
    seconds = until.removeprefix(_SHARED)
    if not key or not seconds.isdecimal() or len(seconds) > 12 or not seal.isascii():
        return False
    return hmac.compare_digest(seal, _seal(key, until)) and int(seconds) > now


def opens(route: Route, tokens: list[str], tickets: list[str], now: float) -> bool:
    """
    Whether somebody with these tokens (in clear) and tickets may enter.

    Public Spaces let everybody in.
    """
    if not route.private:
        return True
    hashes = {hashlib.sha256(token.encode("utf-8", "replace")).hexdigest() for token in tokens}
    return bool(hashes & route.token_hashes) or any(is_good(route.sign_key, ticket, now) for ticket in tickets)


def _seal(key: str, until: str) -> str:
    return hmac.new(key.encode(), until.encode(), hashlib.sha256).hexdigest()
