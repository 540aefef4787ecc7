"""What is said about a line of a pull request: a form sends it, with or without scripts."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from spaceport.domain.code_line import CodeLine
from spaceport.domain.repo import RepoType
from spaceport.repos.discussions import talking
from spaceport.web.context import Web
from spaceport.web.forms import check_form, leads_to
from spaceport.web.repo_pages import find_repo
from spaceport.web.repo_router import router_of_all_types
from spaceport.web.visitor import visitor_of

Text = Annotated[str, Form()]


def make_router(web: Web) -> APIRouter:
    return router_of_all_types(web, _add_forms)


def _add_forms(router: APIRouter, web: Web, kind: RepoType) -> None:
    services = web.services

    @router.post(f"/{kind.prefix}{{owner}}/{{name}}/discussions/{{number}}/lines", include_in_schema=False)
    def comment_on_line(
        request: Request,
        owner: str,
        name: str,
        number: int,
        path: Text,
        line: Annotated[int, Form()],
        csrf: Text = "",
        side: Text = "new",
        old_sha: Text = "",
        new_sha: Text = "",
        text: Text = "",
    ) -> Response:
        """The two commits are those that the visitor saw compared."""
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        repo = find_repo(services, visitor.caller, kind, owner, name)
        place = CodeLine.of(path, side, line, old_sha if side == "old" else new_sha)
        added = talking.comment(services, repo, visitor.caller, number, text, place)
        return leads_to(f"/{kind.prefix}{repo.full_name}/discussions/{number}", section=f"comment-{added.id}")
