"""
The cookie of a browser that is signed in: host-only and out of reach of scripts, so that no Space on a host below ours
ever sees it.
"""

from starlette.requests import HTTPConnection
from starlette.responses import Response

from spaceport.settings import Settings

_NAME = "spaceport_session"


def name_of_session_cookie(settings: Settings) -> str:
    """
    Over https with the prefix that browsers take from nobody but this very host: a Space on a host below ours cannot
    put a session of somebody else in the place of one's own.

    Source: RFC 6265bis section 4.1.3.2.
    """
    return f"__Host-{_NAME}" if _is_secure(settings) else _NAME


def session_cookie_of(request: HTTPConnection, settings: Settings) -> str:
    """Empty when there is none."""
    return request.cookies.get(name_of_session_cookie(settings), "")


def set_session_cookie(response: Response, cookie: str, settings: Settings) -> None:
    response.set_cookie(
        name_of_session_cookie(settings),
        cookie,
        max_age=settings.session_days * 24 * 3600,
        httponly=True,
        samesite="lax",
        secure=_is_secure(settings),
        path="/",
    )


def forget_session_cookie(response: Response, settings: Settings) -> None:
    """With all that it was set with: browsers heed no other word about a cookie with that prefix."""
    response.delete_cookie(
        name_of_session_cookie(settings), path="/", httponly=True, samesite="lax", secure=_is_secure(settings)
    )


def _is_secure(settings: Settings) -> bool:
    return settings.hub.startswith("https://")
