"""The form of a new organization."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from spaceport.errors import AccessDenied, AlreadyExists, InvalidName, NotAuthenticated
from spaceport.organizations import found_organization
from spaceport.translating import gettext
from spaceport.web.context import Web
from spaceport.web.forms import check_form, leads_to
from spaceport.web.visitor import Visitor, visitor_of

_PATH = "/organizations/new"

Text = Annotated[str, Form()]


def make_router(web: Web) -> APIRouter:
    router = web.new_router()

    def show(request: Request, visitor: Visitor, status: int = 200, **shown: str) -> Response:
        if visitor.caller.user is None:
            raise NotAuthenticated("sign in to make an organization")
        fields = {"name": "", "fullname": "", "problem": ""} | shown
        return web.renderer.page(
            request,
            visitor,
            "new_organization.html",
            status=status,
            name=fields["name"],
            fullname=fields["fullname"],
            problem=fields["problem"],
        )

    @router.get(_PATH, include_in_schema=False)
    def form(request: Request) -> Response:
        return show(request, visitor_of(request))

    @router.post(_PATH, include_in_schema=False)
    def create(request: Request, csrf: Text = "", name: Text = "", fullname: Text = "") -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        try:
            made = found_organization(web.services, visitor.caller, name.strip(), fullname)
        except AlreadyExists:
            return show(request, visitor, 409, name=name, fullname=fullname, problem=gettext("This name is taken."))
        except (InvalidName, AccessDenied) as error:
            return show(request, visitor, 400, name=name, fullname=fullname, problem=str(error))
        return leads_to(f"/{made.name}", "organization-made", "people")

    return router
