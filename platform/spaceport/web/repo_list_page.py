"""The lists of models and datasets: searched, filtered, sorted, page by page."""

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from starlette.datastructures import QueryParams

from spaceport.domain.repo import RepoType
from spaceport.list_query import cursor_of, read_query
from spaceport.web.context import Web
from spaceport.web.rendering import page_headers
from spaceport.web.visitor import visitor_of

_ROWS = 30
#: How a reader may sort, and how the API calls it.
SORTS = (
    ("trending", "Trending"),
    ("lastModified", "Updated"),
    ("createdAt", "New"),
    ("downloads", "Downloads"),
    ("likes", "Likes"),
)
#: What a list is filtered by, beside the words searched for. Each is a parameter of the API too.
_FILTERS = ("author", "pipeline_tag", "library", "language", "filter")
_MAX_LENGTH = 200


def make_router(web: Web) -> APIRouter:
    router = web.new_router()
    for kind in (RepoType.MODEL, RepoType.DATASET):
        _add_list(router, web, kind)
    return router


def _add_list(router: APIRouter, web: Web, kind: RepoType) -> None:
    @router.get(f"/{kind.plural}", include_in_schema=False)
    def repos(request: Request, part: bool = False) -> Response:
        visitor = visitor_of(request)
        asked = _asked(request.query_params)
        wish = read_query(kind, QueryParams([*asked, ("limit", str(_ROWS + 1))]))
        with web.services.database.read() as tx:
            found = tx.listings.page(wish, visitor.caller)
        shown = found[:_ROWS]
        context: dict[str, Any] = {
            "kind": kind,
            "repos": shown,
            "asked": dict(asked),
            "filters": [(key, value, _without(asked, key, value)) for key, value in asked if key in _FILTERS],
            "next_url": _next(asked, cursor_of(wish, shown[-1])) if len(found) > _ROWS else None,
        }
        if part:
            return HTMLResponse(
                web.renderer.part("_repo_rows.html", visitor=visitor, **context), headers=page_headers()
            )
        return web.renderer.page(request, visitor, "repos.html", sorts=SORTS, **context)


def _asked(query: QueryParams) -> list[tuple[str, str]]:
    """What of the query this page knows, in the words of the API."""
    found = [(key, value.strip()[:_MAX_LENGTH]) for key, value in query.multi_items() if key in ("search", *_FILTERS)]
    sort = query.get("sort", "")
    found += [("sort", sort)] if sort in dict(SORTS) else []
    found += [("cursor", query["cursor"])] if query.get("cursor") else []
    return [(key, value) for key, value in found if value]


def _without(asked: list[tuple[str, str]], key: str, value: str) -> str:
    """The query without one of its filters, from the first page."""
    return urlencode([each for each in asked if each != (key, value) and each[0] != "cursor"])


def _next(asked: list[tuple[str, str]], cursor: str) -> str:
    return "?" + urlencode([*(each for each in asked if each[0] != "cursor"), ("cursor", cursor)])
