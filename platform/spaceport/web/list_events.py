"""What the lists of Spaces hear while they are looked at: chips as they change."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from spaceport.domain.access import Action, can
from spaceport.domain.account import Caller
from spaceport.domain.space import Space
from spaceport.event_stream import PING, event_stream
from spaceport.live import Change, Gone
from spaceport.web import looks, streams
from spaceport.web.context import Web
from spaceport.web.visitor import visitor_of

#: Spaces of a page whose changes since it was made are told first.
_MAX_SPACES = 100
#: The page was rendered this long before its stream asks for what changed since, at most.
_OVERLAP = timedelta(seconds=5)


def make_router(web: Web) -> APIRouter:
    router = web.new_router()

    @router.get("/events", include_in_schema=False)
    async def events(
        request: Request, since: Annotated[datetime | None, Query()] = None, spaces: str = ""
    ) -> StreamingResponse:
        """Chips as they change; first those of ``spaces`` (ids) that changed ``since`` the page was made."""
        visitor = await run_in_threadpool(visitor_of, request)
        return event_stream(_changes(web, visitor.caller, since, spaces.split(",")[:_MAX_SPACES]))

    return router


async def _changes(web: Web, caller: Caller, since: datetime | None, ids: Sequence[str]) -> AsyncIterator[str]:
    lifetime = streams.Lifetime()
    subscription = await web.live.subscribe()
    try:
        for space in await run_in_threadpool(_changed_since, web, caller, since, ids):
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


def _changed_since(web: Web, caller: Caller, since: datetime | None, ids: Sequence[str]) -> list[Space]:
    if since is None or since.tzinfo is None:
        return []
    with web.services.database.read() as tx:
        shown = [space for space in tx.spaces.by_ids(ids) if can(caller, Action.READ, space)]
    return [space for space in shown if space.stage_since is not None and space.stage_since > since - _OVERLAP]


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
