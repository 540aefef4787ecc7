"""The admin's page: every Space, the queue, workers, machines and gateways, live."""

import asyncio
from collections.abc import AsyncIterator, Callable

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, StreamingResponse

from spaceport.domain.access import is_own
from spaceport.event_stream import PING, event_stream
from spaceport.web import streams
from spaceport.web.admin_overview import Overview, OverviewReader
from spaceport.web.admin_spaces import SpacesPage, SpacesWish, read_wish
from spaceport.web.context import Web
from spaceport.web.rendering import page_headers
from spaceport.web.visitor import Visitor, admin_of

log = structlog.get_logger()

#: Figures are looked at this often while an admin looks on; events bring the rest sooner.
_FIGURES_SECONDS = 2.0
_SECTIONS = ("summary", "trouble", "queue", "failed", "workers", "runners", "gateways", "wakes", "repairs")
_ROW = "space-"


def make_router(web: Web) -> APIRouter:
    router = web.new_router()
    feed = AdminFeed(web)

    @router.get("/admin", include_in_schema=False)
    def admin(request: Request, part: bool = False) -> Response:
        """With ``part``, the table of Spaces alone."""
        visitor = admin_of(request)
        overview = feed.reader.read()
        page = feed.reader.page(overview, read_wish(request.query_params))
        if part:
            html = web.renderer.part("_admin_spaces.html", visitor=visitor, overview=overview, page=page, is_own=is_own)
            return HTMLResponse(html, headers=page_headers())
        return web.renderer.page(request, visitor, "admin.html", overview=overview, page=page, is_own=is_own)

    @router.get("/admin/events", include_in_schema=False)
    async def events(request: Request) -> StreamingResponse:
        """The query is that of the page: only its rows are told of."""
        visitor = await run_in_threadpool(admin_of, request)
        return event_stream(feed.changes(read_wish(request.query_params), visitor))

    return router


class AdminFeed:
    """
    Reads once for all admins that look on, and gives each what changed of the page that it shows, in the own language.

    Reads only while somebody looks.
    """

    def __init__(self, web: Web) -> None:
        self.reader = OverviewReader(web.services)
        self._web = web
        self._watchers = 0
        self._seen: Overview | None = None
        self._is_running = False
        self._turned = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def changes(self, wish: SpacesWish, visitor: Visitor) -> AsyncIterator[str]:
        """
        Messages ``{"parts": {name: html}, "gone": [names], "order": [names]}``; a part named ``space-<id>`` is a row,
        and the order is that of the rows.
        """
        lifetime = streams.Lifetime()
        self._watchers += 1
        if not self._is_running:
            self._is_running, self._seen = True, None
            self._task = asyncio.create_task(self._run())
        sent: dict[str, str] = {}
        try:
            while not lifetime.is_over and self._is_running:
                turned, seen = self._turned, self._seen
                parts = await run_in_threadpool(self._parts_of, seen, wish, visitor) if seen else {}
                changed = {name: html for name, html in parts.items() if sent.get(name) != html}
                gone = [name for name in sent if name not in parts]
                order = [name for name in parts if name.startswith(_ROW)]
                message = {"parts": changed, "gone": gone, "order": order}
                yield streams.event(message) if changed or gone else PING
                sent = parts
                await turned.wait()
        finally:
            self._watchers -= 1
            if not self._watchers and self._task is not None:
                self._is_running = False
                self._task.cancel()

    async def _run(self) -> None:
        subscription = await self._web.live.subscribe()
        try:
            await self._renew()
            async for change in subscription.changes(silence_seconds=_FIGURES_SECONDS):
                if change is not None:
                    # A burst of events is one look; ``changes`` keeps what comes meanwhile.
                    await asyncio.sleep(0.2)
                await self._renew()
        finally:
            self._is_running = False
            self._turn(self._seen)
            await self._web.live.unsubscribe(subscription)

    async def _renew(self) -> None:
        try:
            seen = await run_in_threadpool(self.reader.read)
        except Exception:
            # The database may be away; the page keeps what it shows and the next look tries again.
            log.exception("the admin page could not be renewed")
            return
        self._turn(seen)

    def _turn(self, seen: Overview | None) -> None:
        self._seen = seen
        turned, self._turned = self._turned, asyncio.Event()
        turned.set()

    def _parts_of(self, seen: Overview, wish: SpacesWish, visitor: Visitor) -> dict[str, str]:
        """Call it for each admin alone: what they share is read in the language of the first."""
        page = self.reader.page(seen, wish)
        return sections_of(seen, self._web.renderer.part) | rows_of(page, visitor, self._web.renderer.part)


def sections_of(overview: Overview, render: Callable[..., str]) -> dict[str, str]:
    """The HTML of every part of the page that changes and is the same for all, by name."""
    return {name: render(f"_admin_{name}.html", overview=overview) for name in _SECTIONS}


def rows_of(page: SpacesPage, visitor: Visitor, render: Callable[..., str]) -> dict[str, str]:
    """The HTML of the rows of a page, in order, and of the line below them."""
    shown = {"page": page, "visitor": visitor, "is_own": is_own}
    rows = {f"{_ROW}{row.space.id}": render("_admin_row.html", row=row, **shown) for row in page.rows}
    return {"pager": render("_admin_pager.html", page=page)} | rows
