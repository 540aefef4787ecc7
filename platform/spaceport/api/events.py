"""What happens to a Space, as it happens: server-sent events for pages and programs."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from spaceport.api.finding import find_space, request_of
from spaceport.api.space_json import runtime_answer
from spaceport.callers import caller_now
from spaceport.deployments import HISTORY_KEPT
from spaceport.domain.access import Action, can
from spaceport.domain.account import Caller
from spaceport.domain.history import Happening, for_reader
from spaceport.domain.instance import Role
from spaceport.domain.space import Space
from spaceport.errors import Unavailable
from spaceport.event_stream import PING, event_stream
from spaceport.identity import caller_of
from spaceport.live import Gone, Live
from spaceport.notify.payload import happening_json
from spaceport.services import Services

#: Seconds between two figures of a running instance.
_METRICS_SECONDS = 2.0
#: A stream ends after so many figures and is opened again, with the rights that its reader has by then.
_METRICS_COUNT = 1800
_HISTORY_LIMIT = 100
#: Of a happening; the database counts no further.
_MAX_NUMBER = 2**31 - 1
_NUMBER = re.compile(r"[0-9]{1,9}")


def make_events_router(services: Services, live: Live) -> APIRouter:
    router = APIRouter()

    @router.get("/api/spaces/{owner}/{name}/events")
    async def events(request: Request, owner: str, name: str) -> StreamingResponse:
        """
        ``event: runtime`` with the runtime whenever it changes, ``event: happening`` with each row of history.

        A reader that was cut off and sends ``Last-Event-ID`` (the number of the last happening it saw) misses none.
        """
        caller, last_id = caller_of(request), request.headers.get("last-event-id", "")
        space = await run_in_threadpool(_readable, services, caller, owner, name)
        stream = SpaceEvents(services, live, caller, space)
        return event_stream(stream.chunks(int(last_id) if _NUMBER.fullmatch(last_id) else None))

    @router.get("/api/spaces/{owner}/{name}/metrics")
    @router.get("/api/spaces/{owner}/{name}/live-metrics/sse")
    async def metrics(request: Request, owner: str, name: str) -> StreamingResponse:
        """Figures of the instance that serves, every two seconds; the owner's. Source: hub-api.md section 10.1."""
        space, _caller = await run_in_threadpool(request_of, services, request, owner, name, Action.LOGS)
        return event_stream(_metrics(services, space.id))

    @router.get("/api/spaces/{owner}/{name}/history")
    def history(
        request: Request,
        owner: str,
        name: str,
        after: Annotated[int, Query(ge=0, le=_MAX_NUMBER)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = _HISTORY_LIMIT,
    ) -> list[dict[str, Any]]:
        """What happened, oldest first: the newest ``limit`` rows, or those after a number."""
        caller = caller_of(request)
        with services.database.read() as tx:
            space = find_space(tx, caller, owner, name)
            may_reveal = can(caller, Action.REVEAL, space)
            return [happening_json(each) for each in _told(tx.history.of_space(space.id, after, limit), may_reveal)]

    return router


class SpaceEvents:
    """One reader of one Space's events."""

    def __init__(self, services: Services, live: Live, caller: Caller, space: Space) -> None:
        self._services = services
        self._live = live
        self._caller = caller
        self._space_id = space.id
        self._runtime: dict[str, Any] | None = None

    async def chunks(self, last_number: int | None) -> AsyncIterator[str]:
        subscription = await self._live.subscribe([self._space_id])
        try:
            number = await run_in_threadpool(self._last_number) if last_number is None else last_number
            async for change in subscription.changes():
                if change is None:
                    yield PING
                    continue
                if isinstance(change, Gone):
                    break
                news = await run_in_threadpool(self._look, number)
                if news is None:
                    break
                runtime, happenings, number = news
                text = "".join(_event("happening", happening_json(each), each.number) for each in happenings)
                if runtime != self._runtime:
                    self._runtime = runtime
                    text += _event("runtime", runtime)
                yield text or PING
            yield _event("end", "over")
        finally:
            await self._live.unsubscribe(subscription)

    def _last_number(self) -> int:
        with self._services.database.read() as tx:
            return tx.history.last_number()

    def _look(self, after: int) -> tuple[dict[str, Any], list[Happening], int] | None:
        """
        The runtime, what is new and how far that goes; None when the Space is gone, or no longer this reader's to see.
        """
        with self._services.database.read() as tx:
            space, caller = tx.spaces.get(self._space_id), caller_now(tx, self._caller)
            if space is None or not can(caller, Action.READ, space):
                return None
            # A number of 0 would mean "the newest ones" to the store.
            happenings = [each for each in tx.history.of_space(space.id, after, HISTORY_KEPT) if each.number > after]
        newest = happenings[-1].number if happenings else after
        told = _told(happenings, can(caller, Action.REVEAL, space))
        return runtime_answer(self._services, space, caller), told, newest


def _told(happenings: list[Happening], may_reveal: bool) -> list[Happening]:
    return [told for each in happenings if (told := for_reader(each, may_reveal)) is not None]


async def _metrics(services: Services, space_id: str) -> AsyncIterator[str]:
    for _ in range(_METRICS_COUNT):
        figures = await run_in_threadpool(figures_of, services, space_id)
        if figures is None:
            break
        yield f"event: metric\ndata: {json.dumps(figures)}\n\n"
        await asyncio.sleep(_METRICS_SECONDS)
    yield _event("end", "over")


def figures_of(services: Services, space_id: str) -> dict[str, Any] | None:
    """What runs of a Space uses now; None when the Space is gone, zeros while nothing of it runs."""
    with services.database.read() as tx:
        space = tx.spaces.get(space_id)
        live = [each for each in tx.instances.current(space_id) if each.role is Role.LIVE]
    if space is None:
        return None
    flavor = services.settings.flavors.sized(space.hardware)
    try:
        report = services.fleet.observed([live[0].runner_id]).get(live[0].id) if live else None
    except Unavailable:
        report = None
    return {
        "replica": live[0].id if live else None,
        "cpu_usage_pct": round((report.cpu_percent or 0.0) / flavor.cpus, 1) if report else 0.0,
        "memory_used_bytes": (report.memory_bytes or 0) if report else 0,
        "memory_total_bytes": flavor.memory_bytes,
        # In bits. Nobody counts them of an app that shares the machine's network.
        "rx_bps": 8 * (report.received_bytes_per_second or 0) if report else 0,
        "tx_bps": 8 * (report.sent_bytes_per_second or 0) if report else 0,
        "gpus": {},
    }


def _readable(services: Services, caller: Caller, owner: str, name: str) -> Space:
    """Raises: SpaceNotFound."""
    with services.database.read() as tx:
        return find_space(tx, caller, owner, name)


def _event(name: str, data: Any, number: int | None = None) -> str:
    head = f"id: {number}\n" if number is not None else ""
    return f"{head}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
