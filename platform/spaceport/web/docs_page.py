"""The guides, as pages: the list of them, one guide, and a search in all."""

from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response

from spaceport.domain.names import subdomain_for
from spaceport.errors import NotFound
from spaceport.settings import Settings
from spaceport.web.context import Web
from spaceport.web.guides import CONTENTS, filled, load_guides, search_guides, with_copy_buttons
from spaceport.web.visitor import visitor_of

_MAX_SEARCH = 200


def make_router(web: Web) -> APIRouter:
    router = web.new_router()
    settings = web.services.settings

    @router.get("/docs", include_in_schema=False)
    def index(request: Request, q: str = "") -> Response:
        asked = q.strip()[:_MAX_SEARCH]
        return web.renderer.page(
            request,
            visitor_of(request),
            "docs.html",
            guide=None,
            guides=load_guides(),
            contents=CONTENTS,
            asked=asked,
            found=search_guides(asked),
        )

    @router.get("/docs/{name}", include_in_schema=False)
    def guide_page(request: Request, name: str) -> Response:
        visitor = visitor_of(request)
        guides = load_guides()
        if name not in guides:
            raise NotFound("no such guide")
        names = list(guides)
        place = names.index(name)
        return web.renderer.page(
            request,
            visitor,
            "docs.html",
            guide=guides[name],
            guides=guides,
            contents=CONTENTS,
            asked="",
            html=filled(guides[name].html, reader_values(settings, visitor.name)),
            with_copy_buttons=with_copy_buttons,
            before=guides[names[place - 1]] if place else None,
            after=guides[names[place + 1]] if place + 1 < len(names) else None,
        )

    return router


def reader_values(settings: Settings, name: str | None) -> dict[str, str]:
    """What the names in capitals stand for; ``YOUR_NAME`` stays for who is not signed in."""
    owner = name or "YOUR_NAME"
    host = subdomain_for(name or "your-name", "first")
    apps = f"{settings.apps_domain}{settings.apps_port_suffix}"
    return {
        "APP_URL": f"{settings.apps_scheme}://{host}.{apps}",
        "APPS_DOMAIN": apps,
        "HUB_URL": settings.hub,
        "HUB_HOST": urlsplit(settings.hub).netloc,
        "YOUR_NAME": owner,
    }
