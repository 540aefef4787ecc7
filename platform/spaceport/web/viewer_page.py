"""The rows of a dataset: a table with a choice of config and split, pages and a search."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from spaceport.domain.access import Action, require
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.errors import Unavailable
from spaceport.identity import asker_of
from spaceport.repos.viewer.conditions import searched_columns, words_condition
from spaceport.repos.viewer.datasets import first_table
from spaceport.repos.viewer.jobs import NotReady
from spaceport.repos.viewer.layout import Config, NoTables
from spaceport.repos.viewer.media_cells import addresses_of, rows_with_media
from spaceport.repos.viewer.process import BadQuestion, UnreadableData
from spaceport.repos.viewer.table import About, Dataset, Table
from spaceport.web.context import Web
from spaceport.web.repo_pages import find_repo, head_context
from spaceport.web.table_view import MAX_COLUMNS, columns_of, rows_of
from spaceport.web.visitor import Visitor, visitor_of

_ROWS, _PREVIEW_ROWS = 50, 10
#: How long the page of a dataset waits for its first rows, and before that for their place.
_PREVIEW_SECONDS = 1.0
_MAX_PAGE = 10**9
_MAX_QUERY = 200
#: Configs and splits to choose from on the page; others are reached by address.
_MAX_CHOICES = 500


@dataclass(frozen=True)
class Place:
    """Who looks at what."""

    visitor: Visitor
    asker: str
    repo: Repo
    head: dict[str, Any]


def make_router(web: Web) -> APIRouter:
    router = web.new_router()

    @router.get("/datasets/{owner}/{name}/viewer", include_in_schema=False)
    async def page(
        request: Request,
        owner: str,
        name: str,
        config: str = "",
        split: str = "",
        q: Annotated[str, Query(max_length=_MAX_QUERY)] = "",
        p: Annotated[int, Query(ge=0, le=_MAX_PAGE)] = 0,
    ) -> Response:
        place = await asyncio.to_thread(_look, web, request, owner, name)
        dataset, table, shown = None, None, {}
        try:
            dataset = await web.viewer.datasets.at_head(place.repo, place.asker)
            table = chosen(dataset, config, split)
            shown = {} if table is None else await _shown(web, place, table, q.strip(), p)
        except (NotReady, Unavailable) as error:
            shown = {"waiting": str(error)}
        except (NoTables, UnreadableData, BadQuestion) as error:
            shown = {"problem": str(error)}
        return await asyncio.to_thread(_render, web, request, place, dataset, table, q, p, shown)

    return router


def chosen(dataset: Dataset, config_name: str, split_name: str) -> Table | None:
    """What was asked for, or what is nearest to it: forms without scripts send a split of the config before."""
    first = first_table(dataset)
    config = dataset.layout.config(config_name) or (first.config if first else None)
    if config is None or not config.splits:
        return first
    return Table(dataset, config, config.split(split_name) or config.splits[0])


def _look(web: Web, request: Request, owner: str, name: str) -> Place:
    visitor = visitor_of(request)
    repo = find_repo(web.services, visitor.caller, RepoType.DATASET, owner, name)
    assert isinstance(repo, Repo)
    require(visitor.caller, Action.FETCH, repo)
    head = head_context(web.services, visitor.caller, RepoType.DATASET, repo)
    return Place(visitor, asker_of(request), repo, head)


async def _shown(web: Web, place: Place, table: Table, query: str, page: int) -> dict[str, Any]:
    """Raises: NotReady, Unavailable, UnreadableData, BadQuestion."""
    about = await web.viewer.about(table, place.asker)
    if query:
        condition = words_condition(query, searched_columns(about.features))
        answer = await web.viewer.find(table, place.asker, condition, "", page * _ROWS, _ROWS)
    else:
        answer = await web.viewer.rows(table, place.asker, page * _ROWS, _ROWS)
    shown = await web.viewer.in_thread(table_context, web, place.repo, table, about, answer)
    return {**shown, "total": answer.get("num_rows_total", about.total_rows), "is_partial": about.is_partial}


def table_context(web: Web, repo: Space | Repo, table: Table, about: About, answer: dict[str, Any]) -> dict[str, Any]:
    """What ``data_table`` of ``_table.html`` needs."""
    rows = rows_with_media(answer, addresses_of(web.services, repo, table, ""))
    return {
        "columns": columns_of(about.features),
        "more_columns": max(0, len(about.features) - MAX_COLUMNS),
        "rows": rows_of(about.features, rows),
    }


def preview_context(web: Web, repo: Repo, asker: str) -> dict[str, Any] | None:
    """
    The beginning of a dataset for its page; None where there are no tables.

    Waits a moment for what nobody has read yet; rows that take longer are there when the page is opened again, and
    ``table`` is None where looking through the files takes longer, too.
    """
    try:
        dataset = web.viewer.datasets.known_at_head(repo, asker, _PREVIEW_SECONDS)
    except (NoTables, Unavailable):
        return None
    if dataset is None:
        return {"table": None, "rows": None}
    table = first_table(dataset)
    if table is None:
        return None
    known = web.viewer.known_rows(table, asker, _PREVIEW_ROWS, _PREVIEW_SECONDS)
    return {"table": table, **(table_context(web, repo, table, *known) if known else {"rows": None})}


def _render(
    web: Web,
    request: Request,
    place: Place,
    dataset: Dataset | None,
    table: Table | None,
    query: str,
    page: int,
    shown: dict[str, Any],
) -> Response:
    configs: list[Config] = list(dataset.layout.configs[:_MAX_CHOICES]) if dataset else []
    return web.renderer.page(
        request,
        place.visitor,
        "viewer.html",
        tab="viewer",
        configs=configs,
        table=table,
        query=query,
        page_number=page,
        first_row=page * _ROWS + 1,
        **{"problem": "", "waiting": "", "rows": None, **shown},
        **place.head,
    )
