"""Asking to be let into a gated repo: the form that its page shows."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from spaceport.domain.access_request import RequestStatus
from spaceport.domain.repo import RepoType
from spaceport.repos.gating import ask_access
from spaceport.web.context import Web
from spaceport.web.forms import check_form, leads_to
from spaceport.web.repo_pages import find_repo
from spaceport.web.visitor import visitor_of


def make_router(web: Web) -> APIRouter:
    router = web.new_router()
    for kind in RepoType:
        _add_asking(router, web, kind)
    return router


def _add_asking(router: APIRouter, web: Web, kind: RepoType) -> None:
    @router.post(f"/{kind.prefix}{{owner}}/{{name}}/access", include_in_schema=False)
    def ask(request: Request, owner: str, name: str, answers: Annotated[dict[str, str], Depends(_answers)]) -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, answers.get("csrf", ""))
        repo = find_repo(web.services, visitor.caller, kind, owner, name)
        asked = ask_access(web.services, repo, visitor.caller, answers)
        is_in = asked.status is RequestStatus.ACCEPTED
        return leads_to(f"/{kind.prefix}{repo.full_name}", "let-in" if is_in else "asked")


async def _answers(request: Request) -> dict[str, str]:
    """By the labels of the card's ``extra_gated_fields``."""
    async with request.form(max_files=0) as form:
        return {label: answer for label, answer in form.items() if isinstance(answer, str)}
