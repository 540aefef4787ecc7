"""Errors of Spaceport itself, for admins."""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from spaceport.event_stream import event_stream
from spaceport.trouble_file import Trouble, read_trouble, trouble_path
from spaceport.web.admin_overview import PLATFORM_ERRORS
from spaceport.web.context import Web
from spaceport.web.live_parts import live_parts
from spaceport.web.visitor import admin_of

_PATH = "/admin/-/errors"


def make_router(web: Web) -> APIRouter:
    router = web.new_router()
    data_dir = web.services.settings.data_dir

    def read() -> list[Trouble]:
        return read_trouble(data_dir, PLATFORM_ERRORS)

    @router.get(_PATH, include_in_schema=False)
    def errors(request: Request) -> Response:
        visitor = admin_of(request)
        return web.renderer.page(request, visitor, "admin_errors.html", errors=read(), file=trouble_path(data_dir))

    @router.get(f"{_PATH}/events", include_in_schema=False)
    async def events(request: Request) -> StreamingResponse:
        await run_in_threadpool(admin_of, request)
        return event_stream(live_parts(web, lambda: {"errors": web.renderer.part("_admin_errors.html", errors=read())}))

    return router
