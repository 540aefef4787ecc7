"""The admin's page: every Space, the queue, workers, machines and gateways, live."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from spaceport.event_stream import PING, event_stream
from spaceport.web import streams
from spaceport.web.admin_overview import Overview, OverviewReader, SpaceRow
from spaceport.web.context import Web
from spaceport.web.visitor import admin_of

log = structlog.get_logger()

#: Figures are looked at this often while an admin looks on; events bring the rest sooner.
_FIGURES_SECONDS = 2.0
_SECTIONS = ("summary", "trouble", "queue", "workers", "runners", "gateways", "repairs")

#: What each column is sorted by; text without regard to case, what is not known last.
SORTS: dict[str, Callable[[SpaceRow], Any]] = {
    "name": lambda row: row.space.full_name.lower(),
    "stage": lambda row: row.space.stage.lower(),
    "cpu": lambda row: row.cpu_percent if row.cpu_percent is not None else -1.0,
    "memory": lambda row: row.memory_bytes if row.memory_bytes is not None else -1,
    "visit": lambda row: row.last_visit_at.timestamp() if row.last_visit_at else 0.0,
    "requests": lambda row: row.requests,
}


def make_router(web: Web) -> APIRouter:
    router = web.new_router()
    feed = AdminFeed(web)

    @router.get("/admin", include_in_schema=False)
    def admin(request: Request, sort: str = "name", dir: str = "up", filter: str = "") -> Response:
        visitor = admin_of(request)
        overview = feed.reader.read()
        rows = arrange(overview.spaces, sort, dir, filter)
        return web.renderer.page(
            request, visitor, "admin.html", overview=overview, rows=rows, sort=sort, dir=dir, filter=filter
        )

    @router.get("/admin/events", include_in_schema=False)
    async def events(request: Request) -> StreamingResponse:
        await run_in_threadpool(admin_of, request)
        return event_stream(feed.changes())

    return router


def arrange(rows: list[SpaceRow], sort: str, direction: str, wanted: str) -> list[SpaceRow]:
    """The rows that hold the wanted words, in the order asked for. Pure."""
    words = wanted.lower().split()
    found = [row for row in rows if all(word in _text_of(row) for word in words)]
    return sorted(found, key=SORTS.get(sort, SORTS["name"]), reverse=direction == "down")


def _text_of(row: SpaceRow) -> str:
    return f"{row.space.full_name} {row.space.stage} {row.space.stage_reason or ''} {row.space.sdk}".lower()


class AdminFeed:
    """
    Renders the parts of the page once for all admins that look on, and gives each what changed for it.

    Reads only while somebody looks.
    """

    def __init__(self, web: Web) -> None:
        self.reader = OverviewReader(web.services)
        self._web = web
        self._watchers = 0
        self._parts: dict[str, str] = {}
        self._is_running = False
        self._turned = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def changes(self) -> AsyncIterator[str]:
        """Messages ``{"parts": {name: html}, "gone": [names]}``; a part named ``space-<id>`` is a row."""
        lifetime = streams.Lifetime()
        self._watchers += 1
        if not self._is_running:
            self._is_running, self._parts = True, {}
            self._task = asyncio.create_task(self._run())
        sent: dict[str, str] = {}
        try:
            while not lifetime.is_over and self._is_running:
                turned, parts = self._turned, self._parts
                changed = {name: html for name, html in parts.items() if sent.get(name) != html}
                gone = [name for name in sent if name not in parts]
                yield streams.event({"parts": changed, "gone": gone}) if changed or gone else PING
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
            self._turn(self._parts)
            await self._web.live.unsubscribe(subscription)

    async def _renew(self) -> None:
        try:
            parts = await run_in_threadpool(self._render)
        except Exception:
            # The database may be away; the page keeps what it shows and the next look tries again.
            log.exception("the admin page could not be renewed")
            return
        self._turn(parts)

    def _turn(self, parts: dict[str, str]) -> None:
        self._parts = parts
        turned, self._turned = self._turned, asyncio.Event()
        turned.set()

    def _render(self) -> dict[str, str]:
        overview = self.reader.read()
        return parts_of(overview, self._web.renderer.part)


def parts_of(overview: Overview, render: Callable[..., str]) -> dict[str, str]:
    """The HTML of every part of the page that changes, by name."""
    parts = {name: render(f"_admin_{name}.html", overview=overview) for name in _SECTIONS}
    return parts | {f"space-{row.space.id}": render("_admin_row.html", row=row) for row in overview.spaces}
