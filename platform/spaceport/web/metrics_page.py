"""The admin's figures for Prometheus: the same reader as the admin's page, in the text format of scrapers."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse

from spaceport.web.admin_lines import SpaceLine
from spaceport.web.admin_overview import Overview, OverviewReader
from spaceport.web.context import Web
from spaceport.web.looks import kind_of
from spaceport.web.visitor import admin_of
from spaceport.web.wakes_page import quantile
from spaceport_runner.contract import RunnerReport

#: Source: Prometheus, Exposition formats, text-based format.
_MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


@dataclass
class Metric:
    """One metric with its samples: labels and the value."""

    name: str
    kind: str
    help: str
    samples: list[tuple[dict[str, str], float]] = field(default_factory=list)

    def add(self, value: float | None, **labels: str) -> None:
        """What is not known has no sample."""
        if value is not None:
            self.samples.append((labels, float(value)))


def make_router(web: Web) -> APIRouter:
    router = web.new_router()
    reader = OverviewReader(web.services)

    @router.get("/metrics", include_in_schema=False)
    def metrics(request: Request) -> PlainTextResponse:
        """For a token of an admin (``Authorization: Bearer``), or an admin's browser."""
        admin_of(request)
        text = "".join(written(metric) for metric in metrics_of(reader.read()))
        return PlainTextResponse(text, media_type=_MEDIA_TYPE, headers={"Cache-Control": "no-store"})

    return router


def metrics_of(overview: Overview) -> list[Metric]:
    """Everything in the units that Prometheus asks for: seconds, bytes, ratios. Pure."""
    machines = [*_of_machines(overview.runners), *_of_work(overview)]
    return [*_of_platform(overview), *machines, *_of_spaces(overview.spaces)]


def _of_platform(overview: Overview) -> Iterator[Metric]:
    up = Metric("spaceport_redis_up", "gauge", "Whether Redis answers.")
    up.add(overview.trouble is None)
    yield up
    spaces = Metric("spaceport_spaces", "gauge", "Spaces by how they are: ok, busy, bad or idle.")
    kinds = Counter(kind_of(line.fact.stage, line.fact.desired) for line in overview.spaces)
    for kind in ("ok", "busy", "bad", "idle"):
        spaces.add(kinds[kind], kind=kind)
    yield spaces
    builds = Metric("spaceport_builds", "gauge", "Builds under way, by status.")
    statuses = Counter(str(row.build.status) for row in overview.queue)
    for status in ("queued", "running"):
        builds.add(statuses[status], status=status)
    yield builds
    errors = Metric(
        "spaceport_recent_platform_errors", "gauge", "Errors of Spaceport itself within a day, at most 200."
    )
    errors.add(overview.platform_errors)
    yield errors
    if overview.trouble is not None:
        return
    workers = Metric("spaceport_workers", "gauge", "Workers that build.")
    workers.add(sum(worker.is_heard for worker in overview.workers))
    yield workers
    requests = Metric("spaceport_gateway_requests_in_flight", "gauge", "Requests under way.")
    for gateway in overview.gateways:
        requests.add(sum(gateway.busy.values()), gateway=gateway.gateway_id)
    yield requests


#: Name, what it means, and the value of a machine.
_OF_MACHINES: tuple[tuple[str, str, Callable[[RunnerReport], float | None]], ...] = (
    ("cpus", "Processors.", lambda each: each.cpus),
    ("cpu_used", "Processors in use.", lambda each: each.cpu_percent / 100),
    ("memory_bytes", "Memory.", lambda each: each.memory_bytes),
    ("memory_used_bytes", "Memory in use.", lambda each: each.memory_used_bytes),
    ("disk_bytes", "The disk of images and data.", lambda each: each.disk_bytes or None),
    ("disk_free_bytes", "What of it is free.", lambda each: each.disk_free_bytes),
    ("images_bytes", "What images and releases take.", lambda each: each.images_bytes),
    ("images_unneeded_bytes", "What of these no release needs.", lambda each: each.unneeded_bytes),
)
#: The same of a Space, with the kind of the metric.
_OF_SPACES: tuple[tuple[str, str, str, Callable[[SpaceLine], float | None]], ...] = (
    ("cpu_used", "gauge", "Processors in use.", lambda each: _part(each.cpu_percent, 100)),
    ("memory_bytes", "gauge", "Memory in use.", lambda each: each.memory_bytes),
    ("disk_bytes", "gauge", "What large files and /data take.", lambda each: each.disk_bytes),
    ("requests_total", "counter", "Requests.", lambda each: each.requests),
    ("recent_errors", "gauge", "Errors of today and yesterday.", lambda each: each.errors),
    ("recent_p95_seconds", "gauge", "95 % were answered within.", lambda each: _part(each.p95_ms, 1000)),
)


def _of_machines(runners: list[RunnerReport]) -> Iterator[Metric]:
    for name, words, value in _OF_MACHINES:
        metric = Metric(f"spaceport_machine_{name}", "gauge", words)
        for runner in runners:
            metric.add(value(runner), runner=runner.runner_id)
        yield metric


def _of_work(overview: Overview) -> Iterator[Metric]:
    """What runs on machines and what they take, and how long wakes took of late."""
    drained = Metric("spaceport_machine_drained", "gauge", "Whether it takes nothing new.")
    builders = Metric("spaceport_machine_builders_open", "gauge", "Builders that take new builds.")
    builds = Metric("spaceport_machine_builds", "gauge", "Builds that run.")
    spaces = Metric("spaceport_machine_spaces", "gauge", "Spaces with an instance.")
    for each in overview.machines:
        drained.add(each.drain is not None, runner=each.name)
        builders.add(0 if each.drain else sum(one.drain is None for one in each.builders), runner=each.name)
        builds.add(each.builds, runner=each.name)
        spaces.add(len(each.space_ids), runner=each.name)
    yield from (drained, builders, builds, spaces)
    waiting = Metric("spaceport_build_oldest_waiting_seconds", "gauge", "Age of the build that waits longest.")
    waiting.add(overview.longest_wait_seconds)
    yield waiting
    wakes = Metric(
        "spaceport_recent_wake_seconds", "gauge", "Of the wakes on the admin's page, by how deep the sleep was."
    )
    for depth, was_frozen in (("frozen", True), ("disk", False)):
        seconds = [wake.seconds for wake, _ in overview.wakes if wake.was_frozen is was_frozen]
        for part in (0.5, 0.95):
            wakes.add(quantile(seconds, part), depth=depth, quantile=f"{part:g}")
    yield wakes


def _of_spaces(lines: list[SpaceLine]) -> Iterator[Metric]:
    """Those that run or were ever visited: the others have nothing to tell."""
    told = [line for line in lines if line.cpu_percent is not None or line.requests]
    for name, kind, words, value in _OF_SPACES:
        metric = Metric(f"spaceport_space_{name}", kind, words)
        for line in told:
            metric.add(value(line), space=line.fact.full_name, owner=line.fact.owner)
        yield metric


def _part(value: float | None, whole: float) -> float | None:
    return None if value is None else value / whole


def written(metric: Metric) -> str:
    """The lines of one metric. Pure."""
    lines = [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} {metric.kind}"]
    for labels, value in metric.samples:
        told = ",".join(f'{name}="{text.translate(_ESCAPED)}"' for name, text in labels.items())
        lines.append(f"{metric.name}{{{told}}} {value!r}" if told else f"{metric.name} {value!r}")
    return "\n".join(lines) + "\n"
