"""
The dataset viewer: ``/datasets-server/...``, and the same at the root of the host ``datasets-server.<hub>``.

Source: hub-api.md section 14.2.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response

from spaceport.api.errors import error_response
from spaceport.api.finding import base_url
from spaceport.api.repo_info import find_readable
from spaceport.api.viewer_host import HOST_PREFIX
from spaceport.api.viewer_json import first_rows_json, page_json, splits_json, validity_json
from spaceport.api.viewer_route import ViewerRoute
from spaceport.domain.access import Action, require
from spaceport.domain.repo import Repo, RepoType
from spaceport.errors import SpaceMoved, SpaceNotFound
from spaceport.identity import asker_of, caller_of
from spaceport.repos.viewer.conditions import EVERYTHING, parse_order, parse_where, searched_columns, words_condition
from spaceport.repos.viewer.datasets import table_of
from spaceport.repos.viewer.layout import NoTables
from spaceport.repos.viewer.media_cells import PREFIX, Addresses, addresses_of
from spaceport.repos.viewer.table import Dataset, Table
from spaceport.repos.viewer.viewer import MAX_ROWS, Viewer
from spaceport.services import Services

Offset = Annotated[int, Query(ge=0, lt=2**62)]
Length = Annotated[int, Query(ge=0, le=MAX_ROWS)]

_MAX_QUERY = 1000


@dataclass(frozen=True)
class Found:
    """A dataset that the caller may read, files and all."""

    repo: Repo
    dataset: Dataset
    asker: str


async def find(services: Services, viewer: Viewer, request: Request, name: str) -> Found:
    """Raises: SpaceNotFound, NotAuthenticated, GatedRepo, NoTables, NotReady, Unavailable."""
    repo = await asyncio.to_thread(find_repo, services, request, name)
    asker = asker_of(request)
    return Found(repo, await viewer.datasets.at_head(repo, asker), asker)


def find_repo(services: Services, request: Request, name: str) -> Repo:
    """Raises: SpaceNotFound, NotAuthenticated, GatedRepo."""
    owner, _, short = name.partition("/")
    caller = caller_of(request)
    try:
        repo = find_readable(services, caller, RepoType.DATASET, owner, short)
    except SpaceMoved as moved:
        # The name is no part of the path: there is no address to send the client to.
        repo = find_readable(services, caller, RepoType.DATASET, *moved.full_name.split("/", 1))
    if not isinstance(repo, Repo):
        raise SpaceNotFound("no dataset of that name")
    require(caller, Action.FETCH, repo)
    return repo


def hub_base(request: Request) -> str:
    """The hub's own address, also for those who asked the viewer's host."""
    return base_url(request).replace(f"://{HOST_PREFIX}", "://", 1)


async def answer(viewer: Viewer, found: Found, write: Callable[..., dict[str, Any]], *values: Any) -> Response:
    """What ``write`` makes of the values, made and encoded outside of the event loop: it can be megabytes."""

    def encoded() -> Response:
        return JSONResponse(write(*values), headers={"X-Revision": found.dataset.sha})

    return await viewer.in_thread(encoded)


def make_viewer_router(services: Services, viewer: Viewer) -> APIRouter:
    router = APIRouter(prefix=PREFIX, route_class=ViewerRoute, include_in_schema=False)

    @router.get("/is-valid")
    async def is_valid(request: Request, dataset: str) -> Response:
        try:
            found = await find(services, viewer, request, dataset)
        except NoTables:
            return JSONResponse(dict.fromkeys(("preview", "viewer", "search", "filter", "statistics"), False))
        return await answer(viewer, found, validity_json, found.dataset)

    @router.get("/splits")
    async def splits(request: Request, dataset: str, config: str | None = None) -> Response:
        found = await find(services, viewer, request, dataset)
        return await answer(viewer, found, splits_json, found.dataset, config)

    @router.get("/first-rows")
    async def first_rows(request: Request, dataset: str, config: str, split: str) -> Response:
        found = await find(services, viewer, request, dataset)
        table = table_of(found.dataset, config, split)
        about = await viewer.about(table, found.asker)
        page = await viewer.rows(table, found.asker, 0, MAX_ROWS)
        return await answer(viewer, found, first_rows_json, table, about, page, _addresses(found, table, request))

    @router.get("/rows")
    async def rows(
        request: Request, dataset: str, config: str, split: str, offset: Offset = 0, length: Length = MAX_ROWS
    ) -> Response:
        found = await find(services, viewer, request, dataset)
        table = table_of(found.dataset, config, split)
        about = await viewer.about(table, found.asker)
        page = await viewer.rows(table, found.asker, offset, length)
        addresses = _addresses(found, table, request)
        return await answer(viewer, found, page_json, about, page, about.total_rows, addresses)

    @router.get("/search")
    async def search(
        request: Request,
        dataset: str,
        config: str,
        split: str,
        query: str,
        offset: Offset = 0,
        length: Length = MAX_ROWS,
    ) -> Response:
        found = await find(services, viewer, request, dataset)
        table = table_of(found.dataset, config, split)
        about = await viewer.about(table, found.asker)
        condition = words_condition(query[:_MAX_QUERY], searched_columns(about.features))
        page = await viewer.find(table, found.asker, condition, "", offset, length)
        addresses = _addresses(found, table, request)
        return await answer(viewer, found, page_json, about, page, page["num_rows_total"], addresses)

    @router.get("/filter")
    async def filter(
        request: Request,
        dataset: str,
        config: str,
        split: str,
        where: str = "",
        orderby: str = "",
        offset: Offset = 0,
        length: Length = MAX_ROWS,
    ) -> Response:
        found = await find(services, viewer, request, dataset)
        table = table_of(found.dataset, config, split)
        about = await viewer.about(table, found.asker)
        condition = parse_where(where, about.features) if where.strip() else EVERYTHING
        order = parse_order(orderby, about.features) if orderby.strip() else ""
        page = await viewer.find(table, found.asker, condition, order, offset, length)
        addresses = _addresses(found, table, request)
        return await answer(viewer, found, page_json, about, page, page["num_rows_total"], addresses)

    @router.get("/statistics")
    async def statistics(request: Request, dataset: str, config: str, split: str) -> Response:
        found = await find(services, viewer, request, dataset)
        table = table_of(found.dataset, config, split)
        about = await viewer.about(table, found.asker)
        measured = await viewer.statistics(table, found.asker)
        return await answer(viewer, found, lambda: {**measured, "partial": about.is_partial})

    def _addresses(found: Found, table: Table, request: Request) -> Addresses:
        return addresses_of(services, found.repo, table, hub_base(request))

    return router


def make_viewer_unknown_router() -> APIRouter:
    """Everything else of the viewer; included after all of its routers."""
    router = APIRouter(include_in_schema=False)

    @router.api_route(f"{PREFIX}/{{rest:path}}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
    def unknown(rest: str) -> Response:
        return error_response(404, "Not found: the dataset viewer has no such call")

    return router
