"""Choosing the language of pages: the buttons at their foot."""

from typing import Annotated
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import APIRouter, Form, Request, Response

from spaceport.domain.language import Language
from spaceport.errors import BadRequest
from spaceport.web.context import Web
from spaceport.web.forms import check_origin, leads_to, local_path
from spaceport.web.language import LANGUAGE_COOKIE

_KEPT_SECONDS = 365 * 24 * 3600


def make_router(web: Web) -> APIRouter:
    router = web.new_router()

    @router.post("/settings/language", include_in_schema=False)
    def choose(request: Request, language: Annotated[str, Form()] = "") -> Response:
        check_origin(request)
        if language not in set(Language):
            raise BadRequest("There are no pages in that language.")
        response = leads_to(_page_before(request))
        is_secure = web.services.settings.hub.startswith("https://")
        response.set_cookie(
            LANGUAGE_COOKIE, language, max_age=_KEPT_SECONDS, httponly=True, samesite="lax", secure=is_secure
        )
        return response

    return router


def _page_before(request: Request) -> str:
    """
    The page that the button was on, from ``Referer``; a page cannot say it of itself, as one for what is not there must
    not repeat its address. Without its notice, which was read.
    """
    page = urlsplit(request.headers.get("referer", ""))
    if page.netloc.lower() != request.headers.get("host", "").lower():
        return "/"
    query = urlencode([pair for pair in parse_qsl(page.query, keep_blank_values=True) if pair[0] != "done"])
    return local_path(f"{page.path}?{query}" if query else page.path)
