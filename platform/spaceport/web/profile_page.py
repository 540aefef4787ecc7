"""What somebody says about themselves. No script is needed."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from spaceport.errors import BadRequest, NotAuthenticated
from spaceport.profiles import change_own_profile
from spaceport.web.context import Web
from spaceport.web.forms import check_form, leads_to
from spaceport.web.visitor import Visitor, visitor_of

_PATH = "/settings/profile"

Text = Annotated[str, Form()]


def make_router(web: Web) -> APIRouter:
    router = web.new_router()

    def show(request: Request, visitor: Visitor, status: int = 200, **typed: str) -> Response:
        user = visitor.caller.user
        if user is None:
            raise NotAuthenticated("sign in to see your profile")
        fields = {"fullname": user.fullname, "bio": user.bio, "website": user.website, "problem": ""} | typed
        return web.renderer.page(request, visitor, "profile.html", status=status, is_organization=False, fields=fields)

    @router.get("/settings", include_in_schema=False)
    def settings() -> Response:
        return leads_to(_PATH)

    @router.get(_PATH, include_in_schema=False)
    def profile(request: Request) -> Response:
        return show(request, visitor_of(request))

    @router.post(_PATH, include_in_schema=False)
    def change(request: Request, csrf: Text = "", fullname: Text = "", bio: Text = "", website: Text = "") -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        try:
            change_own_profile(web.services, visitor.caller, fullname, bio, website)
        except BadRequest as error:
            return show(request, visitor, 400, fullname=fullname, bio=bio, website=website, problem=str(error))
        return leads_to(_PATH, "profile-saved")

    return router
