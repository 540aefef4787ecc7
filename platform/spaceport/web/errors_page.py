"""Errors of Spaceport itself, for admins."""

from fastapi import APIRouter, Request, Response

from spaceport.trouble_file import read_trouble, trouble_path
from spaceport.web.context import Web
from spaceport.web.visitor import admin_of

_ROWS = 200


def make_router(web: Web) -> APIRouter:
    router = web.new_router()

    @router.get("/admin/-/errors", include_in_schema=False)
    def errors(request: Request) -> Response:
        visitor = admin_of(request)
        data_dir = web.services.settings.data_dir
        return web.renderer.page(
            request,
            visitor,
            "admin_errors.html",
            errors=read_trouble(data_dir, _ROWS),
            file=trouble_path(data_dir),
        )

    return router
