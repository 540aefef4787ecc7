"""Where a person types the code that a device shows. Works without scripts."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, Response

from spaceport.domain.oauth_rules import typed_user_code
from spaceport.domain.oauth_scopes import ALL_SCOPES, wish_words
from spaceport.errors import NotAuthenticated, NotFound, TooManyAttempts
from spaceport.oauth.apps import find_app
from spaceport.oauth.devices import answer_device, waiting_device
from spaceport.sign_in_limit import SignInLimit
from spaceport.web.context import Web
from spaceport.web.forms import check_form, leads_to
from spaceport.web.visitor import Visitor, visitor_of

_PATH = "/oauth/device"


def make_router(web: Web) -> APIRouter:
    router = web.new_router()
    wrong_codes = SignInLimit("wrong codes")

    def show(request: Request, visitor: Visitor, status: int = 200, problem: str = "", code: str = "") -> Response:
        return web.renderer.page(request, visitor, "device.html", status=status, problem=problem, code=code)

    @router.get(_PATH, include_in_schema=False)
    def form(request: Request, user_code: str = "") -> Response:
        visitor = visitor_of(request)
        if visitor.caller.user is None or not visitor.csrf:
            query = f"?{urlencode({'user_code': user_code})}" if user_code else ""
            return leads_to(f"/login?{urlencode({'next': f'{_PATH}{query}'})}")
        return show(request, visitor, code=typed_user_code(user_code) if user_code else "")

    @router.post(f"{_PATH}/confirm", include_in_schema=False)
    def confirm(
        request: Request,
        csrf: Annotated[str, Form()] = "",
        user_code: Annotated[str, Form()] = "",
        answer: Annotated[str, Form()] = "",
    ) -> Response:
        """The code first, then what it lets the device do; a link that holds the code confirms nothing by itself."""
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        user, now = visitor.caller.user, web.services.clock.now()
        if user is None:
            raise NotAuthenticated("sign in first")
        try:
            wrong_codes.check(user.id, now)
            if not answer:
                return _question(web, request, visitor, user_code)
            answer_device(web.services, user, user_code, is_allowed=answer == "allow")
        except NotFound as error:
            wrong_codes.add(user.id, now)
            return show(request, visitor, 404, str(error), user_code[:20])
        except TooManyAttempts as error:
            return show(request, visitor, 429, str(error), user_code[:20])
        wrong_codes.forget(user.id)
        return web.renderer.page(request, visitor, "device_done.html", is_allowed=answer == "allow")

    return router


def _question(web: Web, request: Request, visitor: Visitor, typed: str) -> Response:
    device = waiting_device(web.services, typed)
    with web.services.database.read() as tx:
        known = find_app(tx, web.services.settings, device.app_id)
    may_all = known.terms.is_trusted and {*device.scopes} >= ALL_SCOPES
    return web.renderer.page(
        request,
        visitor,
        "device_confirm.html",
        known=known,
        device=device,
        may_all=may_all,
        wishes=wish_words(device.scopes),
    )
