"""
The dataset viewer: ``/datasets-server/...``, and the same at the root of the host ``datasets-server.<hub>``.

Source: hub-api.md section 14.2.
"""

import asyncio
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
from spaceport.identity import caller_of
from spaceport.repos.viewer.conditions import EVERYTHING, parse_order, parse_where, searched_columns, words_condition
from spaceport.repos.viewer.datasets import table_of
from spaceport.repos.viewer.layout import NoTables
from spaceport.repos.viewer.media_cells import PREFIX, addresses_of
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


async def find(services: Services, viewer: Viewer, request: Request, name: str) -> Found:
    """Raises: SpaceNotFound, NotAuthenticated, GatedRepo, NoTables."""

    def look() -> Found:
        repo = find_repo(services, request, name)
        return Found(repo, viewer.datasets.at_head(repo))

    return await asyncio.to_thread(look)


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


def answer(found: Dataset, values: dict[str, Any]) -> Response:
    return JSONResponse(values, headers={"X-Revision": found.sha})


def make_viewer_router(services: Services, viewer: Viewer) -> APIRouter:
    router = APIRouter(prefix=PREFIX, route_class=ViewerRoute, include_in_schema=False)

    @router.get("/is-valid")
    async def is_valid(request: Request, dataset: str) -> Response:
        try:
            found = await find(services, viewer, request, dataset)
        except NoTables:
            return JSONResponse(dict.fromkeys(("preview", "viewer", "search", "filter", "statistics"), False))
        return answer(found.dataset, validity_json(found.dataset))

    @router.get("/splits")
    async def splits(request: Request, dataset: str, config: str | None = None) -> Response:
        found = await find(services, viewer, request, dataset)
        return answer(found.dataset, splits_json(found.dataset, config))

    @router.get("/first-rows")
    async def first_rows(request: Request, dataset: str, config: str, split: str) -> Response:
        found = await find(services, viewer, request, dataset)
        table = table_of(found.dataset, config, split)
        about, page = await viewer.about(table), await viewer.rows(table, 0, MAX_ROWS)
        return answer(found.dataset, first_rows_json(table, about, page, _addresses(found, table, request)))

    @router.get("/rows")
    async def rows(
        request: Request, dataset: str, config: str, split: str, offset: Offset = 0, length: Length = MAX_ROWS
    ) -> Response:
        found = await find(services, viewer, request, dataset)
        table = table_of(found.dataset, config, split)
        about, page = await viewer.about(table), await viewer.rows(table, offset, length)
        return answer(found.dataset, page_json(about, page, about.total_rows, _addresses(found, table, request)))

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
        about = await viewer.about(table)
        condition = words_condition(query[:_MAX_QUERY], searched_columns(about.features))
        page = await viewer.find(table, condition, "", offset, length)
        return answer(found.dataset, page_json(about, page, page["num_rows_total"], _addresses(found, table, request)))

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
        about = await viewer.about(table)
        condition = parse_where(where, about.features) if where.strip() else EVERYTHING
        order = parse_order(orderby, about.features) if orderby.strip() else ""
        page = await viewer.find(table, condition, order, offset, length)
        return answer(found.dataset, page_json(about, page, page["num_rows_total"], _addresses(found, table, request)))

    @router.get("/statistics")
    async def statistics(request: Request, dataset: str, config: str, split: str) -> Response:
        found = await find(services, viewer, request, dataset)
        table = table_of(found.dataset, config, split)
        about = await viewer.about(table)
        return answer(found.dataset, {**await viewer.statistics(table), "partial": about.is_partial})

    def _addresses(found: Found, table: Table, request: Request) -> Any:
        return addresses_of(services, found.repo, table, hub_base(request))

    return router


def make_viewer_unknown_router() -> APIRouter:
    """Everything else of the viewer; included after all of its routers."""
    router = APIRouter(include_in_schema=False)

    @router.api_route(f"{PREFIX}/{{rest:path}}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
    def unknown(rest: str) -> Response:
        return error_response(404, "Not found: the dataset viewer has no such call")

    return router
