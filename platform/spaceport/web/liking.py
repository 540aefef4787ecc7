"""The button that says that somebody likes a repo: a form, and with a script without a new page."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse

from spaceport.domain.repo import RepoType
from spaceport.repos import likes
from spaceport.web.context import Web
from spaceport.web.forms import check_form, leads_to, local_path
from spaceport.web.rendering import page_headers
from spaceport.web.repo_pages import find_repo
from spaceport.web.visitor import visitor_of

Text = Annotated[str, Form()]


def make_router(web: Web) -> APIRouter:
    router = web.new_router()
    for kind in RepoType:
        for verb in ("like", "unlike"):
            _add_form(router, web, kind, verb)
    return router


def _add_form(router: APIRouter, web: Web, kind: RepoType, verb: str) -> None:
    @router.post(f"/{kind.prefix}{{owner}}/{{name}}/{verb}", include_in_schema=False)
    def send(
        request: Request, owner: str, name: str, csrf: Text = "", back: Text = "", part: Annotated[bool, Form()] = False
    ) -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        repo = find_repo(web.services, visitor.caller, kind, owner, name)
        (likes.like if verb == "like" else likes.unlike)(web.services, repo, visitor.caller)
        base = f"/{kind.prefix}{repo.full_name}"
        if not part:
            return leads_to(local_path(back, base))
        now = find_repo(web.services, visitor.caller, kind, owner, name)
        shown = {"like_base": base, "like_name": now.full_name, "likes": now.likes, "like_back": back}
        html = web.renderer.part("_like.html", visitor=visitor, is_liked=verb == "like", **shown)
        return HTMLResponse(html, headers=page_headers())
