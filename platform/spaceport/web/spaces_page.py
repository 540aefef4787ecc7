"""The list of Spaces: what people see first."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, StreamingResponse

from spaceport.domain.access import Action, can
from spaceport.domain.account import Caller
from spaceport.domain.space import Space
from spaceport.event_stream import PING, event_stream
from spaceport.live import Change, Gone
from spaceport.web import looks, streams
from spaceport.web.context import Web
from spaceport.web.rendering import page_headers
from spaceport.web.visitor import visitor_of

#: What a list shows at most; searching narrows it.
_LIST_LIMIT = 1000
#: The page was rendered this long before its stream asks for what changed since, at most.
_OVERLAP = timedelta(seconds=5)


def make_router(web: Web) -> APIRouter:
    router = web.new_router()

    @router.get("/", include_in_schema=False)
    @router.get("/spaces", include_in_schema=False)
    def spaces(request: Request, search: str = "", author: str = "", part: bool = False) -> Response:
        visitor = visitor_of(request)
        search, author = search.strip()[:200], author.strip()[:100]
        found = find_spaces(web, visitor.caller, search, author)
        shown: dict[str, Any] = {"spaces": found, "search": search, "author": author}
        if part:
            return HTMLResponse(
                web.renderer.part("_space_cards.html", visitor=visitor, **shown), headers=page_headers()
            )
        return web.renderer.page(request, visitor, "spaces.html", **shown)

    @router.get("/events", include_in_schema=False)
    async def events(request: Request, since: Annotated[datetime | None, Query()] = None) -> StreamingResponse:
        """Chips of the list as they change; first those that changed after ``since``, when the page was made."""
        visitor = await run_in_threadpool(visitor_of, request)
        return event_stream(_changes(web, visitor.caller, since))

    return router


def find_spaces(web: Web, caller: Caller, search: str, author: str) -> list[Space]:
    """Pinned ones first, each part by its newest change."""
    with web.services.database.read() as tx:
        visible = tx.spaces.visible_to(caller, author=author, limit=_LIST_LIMIT)
    found = [space for space in visible if looks.matches(space, search)]
    return sorted(found, key=looks.is_pinned, reverse=True)


async def _changes(web: Web, caller: Caller, since: datetime | None) -> AsyncIterator[str]:
    lifetime = streams.Lifetime()
    subscription = await web.live.subscribe()
    try:
        for space in await run_in_threadpool(_changed_since, web, caller, since):
            yield streams.event(_message(web, space))
        yield PING
        async for change in subscription.changes():
            if change is None:
                yield PING
            elif (message := _message_of(web, caller, change)) is not None:
                yield streams.event(message)
            if lifetime.is_over:
                return
    finally:
        await web.live.unsubscribe(subscription)


def _changed_since(web: Web, caller: Caller, since: datetime | None) -> list[Space]:
    if since is None or since.tzinfo is None:
        return []
    with web.services.database.read() as tx:
        visible = tx.spaces.visible_to(caller, limit=_LIST_LIMIT)
    return [space for space in visible if space.stage_since is not None and space.stage_since > since - _OVERLAP]


def _message_of(web: Web, caller: Caller, change: Change) -> dict[str, object] | None:
    if isinstance(change, Gone):
        return {"id": change.space_id, "gone": True}
    if not can(caller, Action.READ, change.space):
        return None
    if change.is_deleted:
        return {"id": change.space.id, "gone": True}
    return _message(web, change.space)


def _message(web: Web, space: Space) -> dict[str, object]:
    chip = looks.chip_of(space)
    return {
        "id": space.id,
        "name": space.full_name,
        "stage": space.stage,
        "label": chip.label,
        "html": web.renderer.part("_chip.html", chip=chip),
    }
