"""The lists of Spaces, models and datasets: searched, filtered, sorted, page by page."""

from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from spaceport.domain.repo import RepoType
from spaceport.domain.repo_query import MAX_PAGE, Place, Sample
from spaceport.repos.likes import liked_of
from spaceport.translating import gettext
from spaceport.web.context import Web
from spaceport.web.list_asking import SORTS, Asked, read_asked
from spaceport.web.list_facets import facets_of
from spaceport.web.list_search import ListPage, Standing, search_page, standing_of
from spaceport.web.looks import pinned_first
from spaceport.web.nouns import nouns, plural
from spaceport.web.rendering import page_headers
from spaceport.web.visitor import Visitor, visitor_of
from spaceport_runner.template import load_templates, sdks_of

_ROWS = 30
#: Of a list, its first repos: their tags are what it can be narrowed to. What is longer is not counted.
SAMPLE = 300
assert _ROWS < SAMPLE < MAX_PAGE


def make_router(web: Web) -> APIRouter:
    router = web.new_router()
    sdks = tuple(sdks_of(load_templates(web.services.settings.templates_dir)))
    for kind in RepoType:
        _add_list(router, web, kind, sdks)
    return router


def _add_list(router: APIRouter, web: Web, kind: RepoType, sdks: tuple[str, ...]) -> None:
    @router.get(f"/{kind.plural}", include_in_schema=False)
    def repos(request: Request, part: bool = False) -> Response:
        visitor = visitor_of(request)
        asked = read_asked(kind, request.query_params)
        context = _context(web, visitor, asked, sdks)
        if part:
            html = web.renderer.part("_list.html", visitor=visitor, **context)
            return HTMLResponse(html, headers=page_headers())
        return web.renderer.page(request, visitor, "list.html", sorts=SORTS, **context)


def _context(web: Web, visitor: Visitor, asked: Asked, sdks: tuple[str, ...]) -> dict[str, Any]:
    wish = asked.query(_ROWS)
    everything = replace(wish, place=Place.ANYWHERE, after=None, limit=SAMPLE)
    with web.services.database.read() as tx:
        page = search_page(tx, wish, visitor.caller)
        standing = standing_of(tx, wish, visitor.caller, SAMPLE)
        sample = tx.listings.sample(everything, visitor.caller)
        liked = liked_of(tx, visitor.caller, page.repos)
    if asked.value("author") and not asked.cursor:
        page = replace(page, heads=pinned_first(page.heads))
    is_whole = sample.number < SAMPLE
    return {
        "kind": asked.kind,
        "asked": asked,
        "page": page,
        "liked": liked,
        "facets": facets_of(asked, sample, is_whole, sdks, web.services.settings.flavors),
        "count": _count_words(asked.kind, page, sample, is_whole),
        "standing": standing,
        "previous_url": previous_url(asked, standing),
        "next_url": asked.turned_to(*page.following) if page.following else None,
    }


def previous_url(asked: Asked, standing: Standing | None) -> str | None:
    """None for the first page."""
    if standing is None:
        return None
    return asked.turned_to(*standing.preceding) if standing.preceding else asked.first_page()


def _count_words(kind: RepoType, page: ListPage, sample: Sample, is_whole: bool) -> str:
    """``1 Space``, ``12 models``, ``more than 300 datasets``."""
    number = max(sample.number, len(page.repos))
    if is_whole:
        return plural(number, "Space" if kind is RepoType.SPACE else str(kind))
    return gettext("more than %(number)s %(repos)s", number=SAMPLE, repos=nouns(kind))
