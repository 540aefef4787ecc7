"""Forms that change something: who may send them, and where they lead."""

from hmac import compare_digest

from fastapi import Request
from fastapi.responses import RedirectResponse

from spaceport.errors import AccessDenied, NotAuthenticated
from spaceport.identity import is_cross_site
from spaceport.web.visitor import Visitor


def check_origin(request: Request) -> None:
    """
    Refuse what a page of somebody else sends.

    Raises: AccessDenied.
    """
    if is_cross_site(request):
        raise AccessDenied("this form was sent from another site")


def check_form(request: Request, visitor: Visitor, csrf: str) -> None:
    """
    Refuse a form that this visitor did not get from us.

    Raises: NotAuthenticated, AccessDenied.
    """
    check_origin(request)
    if visitor.caller.user is None:
        raise NotAuthenticated("sign in first")
    if not visitor.csrf or not compare_digest(visitor.csrf.encode(), csrf.encode()):
        raise AccessDenied("this form is out of date: go back, reload the page and try again")


def local_path(wanted: str, default: str = "/") -> str:
    """
    ``wanted`` if it is a path on this hub, else the default.

    Browsers read ``//host`` and ``/\\host`` as other hosts.
    """
    is_local = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_local and "\\" not in wanted else default


def leads_to(path: str, done: str | None = None, section: str = "") -> RedirectResponse:
    """After a form: the page to show, with a notice of what was done, and the section of it to scroll to."""
    path, _, place = path.partition("#")
    if done:
        path = f"{path}{'&' if '?' in path else '?'}done={done}"
    if section or place:
        path = f"{path}#{section or place}"
    return RedirectResponse(path, status_code=303)
