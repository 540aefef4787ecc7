"""How busy the machines were, as pictures and as a file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from spaceport.domain.sample import MachineSample, minute_of
from spaceport.event_stream import event_stream
from spaceport.machines import MachineState, machines_heard
from spaceport.translating import gettext
from spaceport.web.context import Web
from spaceport.web.csv_answer import csv_answer
from spaceport.web.figure import Figure, figure_of
from spaceport.web.live_parts import EVERY_SECONDS, live_parts
from spaceport.web.nouns import cores
from spaceport.web.plot import plot_of
from spaceport.web.time_range import RANGES, USUAL, TimeRange, range_of
from spaceport.web.visitor import admin_of
from spaceport.web.words import size

_PATH = "/admin/-/machines"
#: Of the samples.
_STEP_SECONDS = 60.0
#: Turns of the stream of which one has the pictures: one in a minute.
_PLOTS_EVERY = round(_STEP_SECONDS / EVERY_SECONDS)
_SHORTEST = next(iter(RANGES))
_HEAD = (
    "at",
    "runner_id",
    "cpus",
    "cpu_percent",
    "memory_bytes",
    "memory_used_bytes",
    "disk_bytes",
    "disk_free_bytes",
)


@dataclass(frozen=True)
class Machine:
    """A machine's pictures, and what runs there now; None where nothing is known of it any more."""

    name: str
    figures: list[Figure]
    state: MachineState | None = None


def make_router(web: Web) -> APIRouter:
    router = web.new_router()

    def read(range_name: str) -> tuple[list[MachineSample], TimeRange]:
        span = range_of(range_name, web.services.clock.now())
        with web.services.database.read() as tx:
            return tx.samples.since(minute_of(span.start)), span

    def now(range_name: str) -> tuple[list[Machine], TimeRange, bool]:
        """The last tells whether Redis is away."""
        samples, span = read(range_name)
        states, is_known = machines_heard(web.services)
        return machines_of(samples, span.start, span.end, states), span, not is_known

    @router.get(_PATH, include_in_schema=False)
    def machines(request: Request, range: str = USUAL) -> Response:
        visitor = admin_of(request)
        machines, span, is_away = now(range)
        return web.renderer.page(
            request,
            visitor,
            "admin_machines.html",
            machines=machines,
            is_away=is_away,
            range=span.name,
            ranges=RANGES,
            start=span.start,
        )

    @router.get(f"{_PATH}/events", include_in_schema=False)
    async def events(request: Request, range: str = USUAL) -> StreamingResponse:
        """What of the page changes, and its forms do not."""
        await run_in_threadpool(admin_of, request)

        turns = count()

        def parts() -> dict[str, str]:
            # There is a new point of a plot once a minute: between two of them only what is so now is read.
            has_plots = next(turns) % _PLOTS_EVERY == 0
            machines, span, is_away = now(range if has_plots else _SHORTEST)
            shown = {"is_away": is_away, "start": span.start}
            return {
                f"{kind}-{machine.name}": web.renderer.part(f"_admin_machine_{kind}.html", machine=machine, **shown)
                for machine in machines
                for kind in (("now", "plots") if has_plots else ("now",))
            }

        return event_stream(live_parts(web, parts))

    @router.get(f"{_PATH}.csv", include_in_schema=False)
    def export(request: Request, range: str = USUAL) -> Response:
        admin_of(request)
        samples, _ = read(range)
        return csv_answer("machines.csv", _HEAD, ([getattr(each, name) for name in _HEAD] for each in samples))

    return router


def machines_of(
    samples: Sequence[MachineSample], start: datetime, end: datetime, states: Sequence[MachineState] = ()
) -> list[Machine]:
    """The pictures of each machine, by name. Pure."""
    by_name = {state.name: state for state in states}
    measured = {name: [each for each in samples if each.runner_id == name] for name in {s.runner_id for s in samples}}
    return [
        replace(_machine(name, measured[name], start, end), state=by_name.get(name))
        if name in measured
        else Machine(name, [], by_name[name])
        for name in sorted(measured.keys() | by_name.keys())
    ]


def _machine(name: str, samples: Sequence[MachineSample], start: datetime, end: datetime) -> Machine:
    last = samples[-1]

    def figure(
        label: str, value: Callable[[MachineSample], float], top: float, words: Callable[[float], str]
    ) -> Figure:
        points = [(each.at.timestamp(), value(each)) for each in samples]
        plot = plot_of(points, start.timestamp(), end.timestamp(), _STEP_SECONDS, top)
        return figure_of(label, plot, words)

    disk_bytes = last.disk_bytes
    return Machine(
        name,
        [
            figure(gettext("CPU"), lambda each: each.cpu_percent, last.cpus * 100.0, cores),
            figure(gettext("Memory"), lambda each: each.memory_used_bytes, last.memory_bytes, size),
            # An old runner does not tell how large its disk is.
            figure(gettext("Disk"), lambda each: each.disk_bytes - each.disk_free_bytes, disk_bytes, size)
            if disk_bytes
            else figure(gettext("Free disk"), lambda each: each.disk_free_bytes, 0.0, size),
        ],
    )
