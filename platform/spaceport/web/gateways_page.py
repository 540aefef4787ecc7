"""Gateways for admins: what each knows of the routes, what is under way through it, and where visitors are sent."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from spaceport.domain.instance import Instance
from spaceport.domain.route import GatewayReport, Route
from spaceport.errors import Unavailable
from spaceport.event_stream import event_stream
from spaceport.web.context import Web
from spaceport.web.live_parts import live_parts
from spaceport.web.visitor import admin_of

_PATH = "/admin/-/gateways"
#: The parts are read this often: all routes are.
_EVERY_SECONDS = 5.0
#: Rows of the routes that were written last.
_ROWS = 50


@dataclass(frozen=True)
class InFlight:
    """Requests under way through one gateway to one instance; ``space_name`` is empty where that is gone."""

    gateway_id: str
    space_name: str
    instance_id: str
    requests: int


def make_router(web: Web) -> APIRouter:
    router = web.new_router()

    def read() -> dict[str, Any]:
        table = web.services.routes
        try:
            gateways, version, routes = table.gateways(), table.version(), table.published()
        except Unavailable:
            return {"is_away": True, "gateways": [], "version": 0, "routes": [], "found": 0, "busy": []}
        with web.services.database.read() as tx:
            instances = tx.instances.current()
            spaces = tx.spaces.by_ids({each.space_id for each in instances})
        return {
            "is_away": False,
            "gateways": sorted(gateways, key=lambda gateway: gateway.gateway_id),
            "version": version,
            "routes": newest(routes),
            "found": len(routes),
            "busy": in_flight(gateways, instances, {space.id: space.full_name for space in spaces}),
        }

    @router.get(_PATH, include_in_schema=False)
    def gateways(request: Request) -> Response:
        return web.renderer.page(request, admin_of(request), "admin_gateways.html", **read())

    @router.get(f"{_PATH}/events", include_in_schema=False)
    async def events(request: Request) -> StreamingResponse:
        await run_in_threadpool(admin_of, request)
        return event_stream(
            live_parts(web, lambda: {"routes": web.renderer.part("_admin_routes.html", **read())}, _EVERY_SECONDS)
        )

    return router


def newest(routes: Collection[Route]) -> list[Route]:
    """Those that were written last, and those of one write by name. Pure."""
    return sorted(routes, key=lambda route: (-route.version, route.space_name.lower()))[:_ROWS]


def in_flight(
    gateways: Sequence[GatewayReport], instances: Sequence[Instance], names: Mapping[str, str]
) -> list[InFlight]:
    """What is under way through each gateway, most first. Pure."""
    space_ids = {instance.id: instance.space_id for instance in instances}
    found = [
        InFlight(gateway.gateway_id, names.get(space_ids.get(instance_id, ""), ""), instance_id, requests)
        for gateway in gateways
        for instance_id, requests in gateway.busy.items()
        if requests
    ]
    return sorted(found, key=lambda each: (-each.requests, each.gateway_id, each.space_name))
