"""Home: what people see first. The newest favourites of each type, or what fits the words they search for."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from spaceport.domain.repo import RepoType
from spaceport.interfaces import Transaction
from spaceport.repos.likes import liked_of
from spaceport.web.context import Web
from spaceport.web.list_asking import Asked
from spaceport.web.list_search import ListPage, search_page
from spaceport.web.rendering import page_headers
from spaceport.web.visitor import Visitor, visitor_of

#: Of each type; the lists have the rest.
_ROWS = {RepoType.SPACE: 8, RepoType.MODEL: 6, RepoType.DATASET: 6}
_MAX_LENGTH = 200


@dataclass(frozen=True)
class Shelf:
    """The first repos of one type, and the ``url`` of the list that has all of them."""

    kind: RepoType
    page: ListPage
    url: str

    @property
    def number(self) -> int:
        return len(self.page.repos)


def make_router(web: Web) -> APIRouter:
    router = web.new_router()

    @router.get("/", include_in_schema=False)
    def home(request: Request, search: str = "", part: bool = False) -> Response:
        visitor = visitor_of(request)
        search = " ".join(search.split())[:_MAX_LENGTH]
        with web.services.database.read() as tx:
            shelves = [_shelf(tx, visitor, kind, search) for kind in (RepoType.SPACE, RepoType.MODEL, RepoType.DATASET)]
            liked = liked_of(tx, visitor.caller, [repo for shelf in shelves for repo in shelf.page.repos])
        shown: dict[str, Any] = {"shelves": shelves, "search": search, "liked": liked}
        if part:
            html = web.renderer.part("_home.html", visitor=visitor, **shown)
            return HTMLResponse(html, headers=page_headers())
        return web.renderer.page(request, visitor, "home.html", **shown)

    return router


def _shelf(tx: Transaction, visitor: Visitor, kind: RepoType, search: str) -> Shelf:
    asked = Asked(kind, search)
    return Shelf(kind, search_page(tx, asked.query(_ROWS[kind]), visitor.caller), asked.url())
