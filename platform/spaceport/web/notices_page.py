"""What somebody hears of: the list behind the bell. No script is needed."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from spaceport.domain.access import Action, can
from spaceport.domain.account import Caller
from spaceport.domain.notice import TALK, Notice
from spaceport.errors import NotFound
from spaceport.interfaces import Transaction
from spaceport.notify.watching import read_notices, signed_in
from spaceport.web.context import Web
from spaceport.web.finding import repos_by_ids
from spaceport.web.forms import check_form, leads_to
from spaceport.web.notice_words import Line, line_of, place_of
from spaceport.web.visitor import visitor_of

_PATH = "/notifications"
_ROWS = 30
_MAX_PAGE = 100

Text = Annotated[str, Form()]


def make_router(web: Web) -> APIRouter:
    router = web.new_router()
    services = web.services

    @router.get(_PATH, include_in_schema=False)
    def notices(request: Request, all: bool = False, p: Annotated[int, Query(ge=0, le=_MAX_PAGE)] = 0) -> Response:
        visitor = visitor_of(request)
        signed_in(visitor.caller)
        with services.database.read() as tx:
            found = tx.notices.of_user(visitor.caller, not all, _ROWS + 1, p * _ROWS)
            lines = _lines(tx, visitor.caller, found[:_ROWS])
        shown: dict[str, Any] = {"lines": lines, "is_all": all, "page_number": p, "has_older": len(found) > _ROWS}
        return web.renderer.page(request, visitor, "notifications.html", **shown)

    @router.get(f"{_PATH}/{{notice_id}}", include_in_schema=False)
    def follow(request: Request, notice_id: str) -> Response:
        """Where it leads; who goes there has read it, and whoever but asks whether it leads anywhere has not."""
        caller = visitor_of(request).caller
        user = signed_in(caller)
        with services.database.read() as tx:
            notice = tx.notices.get(user.id, notice_id)
            repo = repos_by_ids(tx, [notice.repo_id]).get(notice.repo_id) if notice else None
        if notice is None or repo is None or not can(caller, Action.READ, repo):
            raise NotFound("this notification is gone, or what it is about")
        if request.method != "HEAD":
            read_notices(services, caller, notice_id)
        return RedirectResponse(place_of(notice, repo, caller), status_code=303)

    @router.post(f"{_PATH}/read", include_in_schema=False)
    def read_all(request: Request, csrf: Text = "") -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        read_notices(services, visitor.caller)
        return leads_to(_PATH, "all-read")

    @router.post(f"{_PATH}/{{notice_id}}/read", include_in_schema=False)
    def read(request: Request, notice_id: str, csrf: Text = "") -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        read_notices(services, visitor.caller, notice_id)
        return leads_to(_PATH)

    return router


def _lines(tx: Transaction, caller: Caller, notices: list[Notice]) -> list[Line]:
    repos = repos_by_ids(tx, [notice.repo_id for notice in notices])
    talks = {each.id: each for each in tx.discussions.by_ids([n.subject for n in notices if n.kind in TALK])}
    return [line_of(n, repos[n.repo_id], talks.get(n.subject)) for n in notices if n.repo_id in repos]
