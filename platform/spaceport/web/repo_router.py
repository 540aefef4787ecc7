"""Routes of the pages that repos of all types have."""

from collections.abc import Callable

from fastapi import APIRouter

from spaceport.domain.repo import RepoType
from spaceport.web.context import Web

#: Adds the routes of a page for repos of one type.
AddRoutes = Callable[[APIRouter, Web, RepoType], None]


def router_of_all_types(web: Web, *pages: AddRoutes) -> APIRouter:
    """Types with a prefix come first: a dataset, too, may be called as a part of an address is, ``tree`` say."""
    router = web.new_router()
    for kind in reversed(RepoType):
        for add in pages:
            add(router, web, kind)
    return router
