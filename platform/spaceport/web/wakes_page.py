"""How often sleeping Spaces were woken and how long that took, as pictures and as a file, for admins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from spaceport.domain.space import Desired
from spaceport.domain.visit import WakeUp
from spaceport.event_stream import event_stream
from spaceport.interfaces import Transaction
from spaceport.translating import gettext
from spaceport.web.context import Web
from spaceport.web.csv_answer import csv_answer
from spaceport.web.figure import Figure, figure_of
from spaceport.web.live_parts import live_parts
from spaceport.web.plot import plot_of
from spaceport.web.time_range import RANGES, USUAL, TimeRange, range_of
from spaceport.web.visitor import admin_of
from spaceport.web.words import duration

_PATH = "/admin/-/wakes"
#: The parts are read this often: a long range is many rows.
_EVERY_SECONDS = 15.0
#: Newest wakes of a range that are looked at, and rows of the table.
_LOOKED_AT, _ROWS = 20_000, 50
#: Pieces of time that a range is cut into.
_PIECES = 48
_HEAD = ("at", "space", "from", "seconds")


@dataclass(frozen=True)
class Found:
    """Wakes, newest first, and the names of their Spaces by id; ``is_cut`` where there were more in the range."""

    wakes: list[WakeUp]
    names: dict[str, str]
    is_cut: bool


@dataclass(frozen=True)
class Kind:
    """All wakes of one kind in the range: how many, and how long half and 95 % of them took at most."""

    name: str
    count: int
    half_seconds: float | None
    most_seconds: float | None
    figures: list[Figure]


def make_router(web: Web) -> APIRouter:
    router = web.new_router()

    def read(range_name: str) -> tuple[Found, TimeRange]:
        span = range_of(range_name, web.services.clock.now())
        with web.services.database.read() as tx:
            return found_since(tx, span.start), span

    def now(range_name: str) -> dict[str, Any]:
        found, span = read(range_name)
        return {
            "kinds": kinds_of(found.wakes, span.start, span.end),
            "newest": found.wakes[:_ROWS],
            "names": found.names,
            "found": len(found.wakes),
            "most": _LOOKED_AT if found.is_cut else None,
            "range": span.name,
            "start": span.start,
        }

    @router.get(_PATH, include_in_schema=False)
    def wakes(request: Request, range: str = USUAL) -> Response:
        return web.renderer.page(request, admin_of(request), "admin_wakes.html", ranges=RANGES, **now(range))

    @router.get(f"{_PATH}/events", include_in_schema=False)
    async def events(request: Request, range: str = USUAL) -> StreamingResponse:
        await run_in_threadpool(admin_of, request)

        def parts() -> dict[str, str]:
            return {"woken": web.renderer.part("_admin_woken.html", **now(range))}

        return event_stream(live_parts(web, parts, _EVERY_SECONDS))

    @router.get(f"{_PATH}.csv", include_in_schema=False)
    def export(request: Request, range: str = USUAL) -> Response:
        admin_of(request)
        found, _ = read(range)
        return csv_answer("wakes.csv", _HEAD, (_row(each, found.names) for each in found.wakes))

    return router


def found_since(tx: Transaction, start: datetime, most: int = _LOOKED_AT) -> Found:
    """The newest ones, without those of Spaces that are being removed."""
    wakes = tx.visits.wakes(most + 1, since=start)
    spaces = tx.spaces.by_ids({wake.space_id for wake in wakes})
    names = {space.id: space.full_name for space in spaces if space.desired is not Desired.DELETED}
    return Found([wake for wake in wakes[:most] if wake.space_id in names], names, len(wakes) > most)


def kinds_of(wakes: Sequence[WakeUp], start: datetime, end: datetime) -> list[Kind]:
    """Those from frozen and those from disk: one is a matter of milliseconds, the other of seconds. Pure."""
    names = {True: gettext("From frozen"), False: gettext("From disk")}
    return [_kind(names[frozen], [each for each in wakes if each.was_frozen is frozen], start, end) for frozen in names]


def quantile(seconds: Sequence[float], part: float) -> float | None:
    """The value that so large a part does not exceed; None of nothing. Pure."""
    ordered = sorted(seconds)
    return ordered[max(0, ceil(part * len(ordered)) - 1)] if ordered else None


def _kind(name: str, wakes: Sequence[WakeUp], start: datetime, end: datetime) -> Kind:
    seconds = [each.seconds for each in wakes]
    step = timedelta(seconds=max(60.0, (end - start).total_seconds() / _PIECES))
    pieces: dict[int, list[float]] = {}
    for each in wakes:
        pieces.setdefault(int((each.at - start) / step), []).append(each.seconds)
    counts = [
        ((start + (place + 0.5) * step).timestamp(), float(len(pieces.get(place, ())))) for place in range(_PIECES)
    ]
    slowest = [((start + (place + 0.5) * step).timestamp(), max(some)) for place, some in sorted(pieces.items())]
    often = plot_of(counts, start.timestamp(), end.timestamp(), step.total_seconds())
    long = plot_of(slowest, start.timestamp(), end.timestamp(), step.total_seconds())
    return Kind(
        name,
        len(wakes),
        quantile(seconds, 0.5),
        quantile(seconds, 0.95),
        [
            figure_of(gettext("Wakes"), often, lambda value: f"{value:.0f}"),
            figure_of(gettext("Slowest"), long, duration),
        ],
    )


def _row(wake: WakeUp, names: Mapping[str, str]) -> Sequence[str | float | datetime]:
    return wake.at, names[wake.space_id], "frozen" if wake.was_frozen else "disk", wake.seconds
