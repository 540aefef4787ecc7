"""Who visits a Space and how it answers, for whoever may see its logs: pictures, endpoints, wakes, and a file."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from fastapi import APIRouter, Request, Response

from spaceport.domain.access import Action
from spaceport.domain.space import Space
from spaceport.domain.visit import TOTAL, Calls, VisitDay, day_of
from spaceport.live import snapshot_of
from spaceport.web.context import Web
from spaceport.web.csv_answer import Cell, csv_answer
from spaceport.web.finding import find_space
from spaceport.web.space_view import view_context
from spaceport.web.visitor import visitor_of
from spaceport.web.visits_view import RANGES, view_of

_PATH = "/spaces/{owner}/{name}/visits"
_WAKES = 20
_HEAD = ("day", "endpoint", "calls", "errors", "p50_ms", "p95_ms", "visitors", "wakes", "wake_seconds", "awake_minutes")


def make_router(web: Web) -> APIRouter:
    router = web.new_router()
    services = web.services

    def read(space: Space, start: date) -> tuple[list[Calls], list[VisitDay]]:
        with services.database.read() as tx:
            return tx.visits.calls_of(space.id, day_of(start)), tx.visits.days_of(space.id, day_of(start))

    def days_of(range: str) -> tuple[date, date]:
        end = services.clock.now().date()
        return end - timedelta(days=RANGES.get(range, RANGES["month"]) - 1), end

    @router.get(_PATH, include_in_schema=False)
    def visits(request: Request, owner: str, name: str, range: str = "month") -> Response:
        visitor = visitor_of(request)
        with services.database.read() as tx:
            space = find_space(tx, visitor.caller, owner, name, Action.LOGS)
            snapshot = snapshot_of(tx, space)
            wakes = tx.visits.wakes(_WAKES, space.id)
        start, end = days_of(range)
        return web.renderer.page(
            request,
            visitor,
            "visits.html",
            tab="visits",
            visits=view_of(*read(space, start), start, end),
            wakes=wakes,
            range=range if range in RANGES else "month",
            ranges=RANGES,
            start=start,
            **view_context(snapshot, visitor.caller, services),
        )

    @router.get(f"{_PATH}.csv", include_in_schema=False)
    def export(request: Request, owner: str, name: str, range: str = "month") -> Response:
        visitor = visitor_of(request)
        with services.database.read() as tx:
            space = find_space(tx, visitor.caller, owner, name, Action.LOGS)
        return csv_answer("visits.csv", _HEAD, _rows(*read(space, days_of(range)[0])))

    return router


def _rows(calls: Sequence[Calls], days: Sequence[VisitDay]) -> Iterator[Sequence[Cell]]:
    """A row for each day with all its endpoints together, then one for each of them."""
    known = {each.day: each for each in days}
    names = sorted(known.keys() | {each.day for each in calls})
    by_day: dict[str, list[Calls]] = {}
    for each in calls:
        by_day.setdefault(each.day, []).append(each)
    for day in names:
        several = by_day.get(day) or []
        total = next((each for each in several if each.endpoint == TOTAL), Calls("", day, TOTAL))
        about = known.get(day) or VisitDay("", day)
        figures = (about.visitors, about.wakes, round(about.wake_seconds, 3), about.awake_minutes)
        yield (*_cells(total, "(all)"), *figures)
        for each in several:
            if each.endpoint != TOTAL:
                yield (*_cells(each, each.endpoint), None, None, None, None)


def _cells(calls: Calls, name: str) -> Sequence[Cell]:
    quantiles = (calls.quantile_ms(share) for share in (0.5, 0.95))
    return (
        calls.day,
        name,
        calls.calls,
        calls.errors,
        *(None if each is None else round(each, 1) for each in quantiles),
    )
