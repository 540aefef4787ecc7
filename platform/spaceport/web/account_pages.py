"""Signing in and out, and joining."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from spaceport import identity
from spaceport.errors import (
    AlreadyExists,
    BadRequest,
    InvalidName,
    NotAuthenticated,
    NotFound,
    TooManyAttempts,
)
from spaceport.network import network_of
from spaceport.session_cookie import forget_session_cookie, session_cookie_of, set_session_cookie
from spaceport.sign_in_limit import SignInLimit
from spaceport.translating import gettext
from spaceport.web.context import Web
from spaceport.web.forms import check_form, check_origin, leads_to, local_path
from spaceport.web.visitor import visitor_of

#: From one network within ten minutes, tries included: a class may join together, a program may not.
MAX_NEW_ACCOUNTS = 60


def make_router(web: Web) -> APIRouter:
    router = web.new_router()
    _add_sign_in(router, web)
    _add_join(router, web)
    return router


def _add_sign_in(router: APIRouter, web: Web) -> None:
    @router.get("/login", include_in_schema=False)
    def login_form(request: Request, next: str = "/") -> Response:
        visitor = visitor_of(request)
        if visitor.caller.user is not None:
            return leads_to(local_path(next))
        return web.renderer.page(request, visitor, "login.html", name="", problem=None, **_next(next))

    @router.post("/login", include_in_schema=False)
    def login(
        request: Request,
        name: Annotated[str, Form()] = "",
        password: Annotated[str, Form()] = "",
        next: Annotated[str, Form()] = "/",
    ) -> Response:
        check_origin(request)
        try:
            return _signed_in(web, request, name.strip(), password, next)
        except (NotAuthenticated, TooManyAttempts) as error:
            shown: dict[str, Any] = {"name": name, "problem": str(error), **_next(next)}
            status = 429 if isinstance(error, TooManyAttempts) else 401
            return web.renderer.page(request, visitor_of(request), "login.html", status=status, **shown)

    @router.post("/logout", include_in_schema=False)
    def logout(request: Request, csrf: Annotated[str, Form()] = "") -> Response:
        check_form(request, visitor_of(request), csrf)
        identity.sign_out(web.services, session_cookie_of(request, web.services.settings))
        response = leads_to("/", "signed-out")
        forget_session_cookie(response, web.services.settings)
        return response


def _add_join(router: APIRouter, web: Web) -> None:
    joined = SignInLimit("new accounts", most=MAX_NEW_ACCOUNTS)

    @router.get("/join", include_in_schema=False)
    def join_form(request: Request) -> Response:
        _require_open(web)
        return web.renderer.page(request, visitor_of(request), "join.html", name="", name_error=None, problem=None)

    @router.post("/join", include_in_schema=False)
    def join(
        request: Request,
        name: Annotated[str, Form()] = "",
        password: Annotated[str, Form()] = "",
    ) -> Response:
        _require_open(web)
        check_origin(request)
        name = name.strip()
        shown: dict[str, Any] = {"name": name, "name_error": None, "problem": None}
        status = 400
        network, now = network_of(request.client.host if request.client else ""), web.services.clock.now()
        try:
            joined.check(network, now)
            joined.add(network, now)
            identity.create_user(web.services, name, password)
            return _signed_in(web, request, name, password, "/")
        except AlreadyExists:
            shown["name_error"] = gettext("This name is taken: choose another one.")
        except InvalidName as error:
            shown["name_error"] = str(error)
        except (BadRequest, TooManyAttempts) as error:
            shown["problem"], status = str(error), 429 if isinstance(error, TooManyAttempts) else 400
        return web.renderer.page(request, visitor_of(request), "join.html", status=status, **shown)


def _next(wanted: str) -> dict[str, Any]:
    """Where the form leads, for the page; on the way to an app it is shown in frames of our own pages, too."""
    path = local_path(wanted)
    return {"next": path, "goes_into_frames": path.startswith("/oauth/")}


def _signed_in(web: Web, request: Request, name: str, password: str, next: str) -> Response:
    """Raises: NotAuthenticated, TooManyAttempts."""
    address, browser = request.client.host if request.client else "", request.headers.get("user-agent", "")
    cookie = identity.sign_in(web.services, name, password, address, browser)
    response = leads_to(local_path(next))
    set_session_cookie(response, cookie, web.services.settings)
    return response


def _require_open(web: Web) -> None:
    if not web.services.settings.open_signup:
        raise NotFound("joining is closed")
