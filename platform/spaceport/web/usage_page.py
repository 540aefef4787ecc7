"""What the visitor's Spaces take, and how much they may."""

from fastapi import APIRouter, Request, Response

from spaceport.errors import NotAuthenticated
from spaceport.owner_usage import usage_of
from spaceport.web.context import Web
from spaceport.web.visitor import visitor_of


def make_router(web: Web) -> APIRouter:
    router = web.new_router()

    @router.get("/settings/usage", include_in_schema=False)
    def usage(request: Request) -> Response:
        visitor = visitor_of(request)
        if visitor.caller.user is None:
            raise NotAuthenticated("sign in to see what your Spaces take")
        with web.services.database.read() as tx:
            found = usage_of(tx, web.services.settings, visitor.caller.user.id)
        return web.renderer.page(request, visitor, "usage.html", usage=found)

    return router
