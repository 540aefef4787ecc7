"""Users and organizations for admins: what they have and how much they may."""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from spaceport.event_stream import event_stream
from spaceport.web.admin_users import UsersPage, matching, page_of, read_wish, rows_of
from spaceport.web.context import Web
from spaceport.web.live_parts import live_parts
from spaceport.web.visitor import admin_of

_PATH = "/admin/-/users"
#: The parts are read this often: what everybody has is added up.
_EVERY_SECONDS = 5.0


def make_router(web: Web) -> APIRouter:
    router = web.new_router()

    def read(query: Mapping[str, str]) -> UsersPage:
        wish = read_wish(query)
        with web.services.database.read() as tx:
            return page_of(rows_of(tx, web.services.settings, matching(tx.accounts.users(), wish.words)), wish)

    @router.get(_PATH, include_in_schema=False)
    def users(request: Request) -> Response:
        return web.renderer.page(request, admin_of(request), "admin_users.html", page=read(request.query_params))

    @router.get(f"{_PATH}/events", include_in_schema=False)
    async def events(request: Request) -> StreamingResponse:
        """The query is that of the page."""
        await run_in_threadpool(admin_of, request)

        def parts() -> dict[str, str]:
            return {"users": web.renderer.part("_admin_users.html", page=read(request.query_params))}

        return event_stream(live_parts(web, parts, _EVERY_SECONDS))

    return router
