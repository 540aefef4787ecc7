"""The newest build log and container log beside the app, in a drawer of the Space's page."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from spaceport.domain.access import Action
from spaceport.domain.space import Space
from spaceport.web.context import Web
from spaceport.web.finding import find_space
from spaceport.web.log_lines import first_lines
from spaceport.web.logs_page import history_of, more_telling
from spaceport.web.rendering import page_headers
from spaceport.web.visitor import visitor_of


def make_router(web: Web) -> APIRouter:
    router = web.new_router()

    @router.get("/spaces/{owner}/{name}/logs/drawer", include_in_schema=False)
    def drawer(request: Request, owner: str, name: str, logs: str = "") -> HTMLResponse:
        """What stands in the drawer, without a page around it."""
        with web.services.database.read() as tx:
            space = find_space(tx, visitor_of(request).caller, owner, name, Action.LOGS)
        html = web.renderer.part("_log_drawer.html", space=space, drawer=drawer_of(web, space, logs))
        return HTMLResponse(html, headers=page_headers())

    return router


def drawer_of(web: Web, space: Space, wanted: str) -> dict[str, Any]:
    """
    For whoever may read the logs: which of both is shown, whose it is, and its last lines.

    ``wanted`` is ``build`` or ``container``, as links of the public Hub say it; anything else shows the log that tells
    more.
    """
    with web.services.database.read() as tx:
        history = history_of(tx, space)
    kind = {"build": "build", "container": "run", "run": "run"}.get(wanted) or more_telling(history)
    source = history.newest_build if kind == "build" else history.newest_instance
    return {"kind": kind, "source": source, "lines": first_lines(web.services, space, source)}
