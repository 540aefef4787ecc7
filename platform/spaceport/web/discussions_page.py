"""The discussions of a repo, and a form for a new one."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response

from spaceport.domain.access import Action, can
from spaceport.domain.discussion import STATUS_GROUPS, DiscussionFilter
from spaceport.domain.repo import RepoType
from spaceport.repos.discussions.finding import require_discussions
from spaceport.repos.discussions.opening import open_discussion, open_pull_request
from spaceport.web.context import Web
from spaceport.web.forms import check_form, leads_to
from spaceport.web.repo_pages import find_repo, head_context
from spaceport.web.repo_router import router_of_all_types
from spaceport.web.visitor import visitor_of

_ROWS = 30
_MAX_PAGE = 100_000


def make_router(web: Web) -> APIRouter:
    return router_of_all_types(web, _add_pages)


def _add_pages(router: APIRouter, web: Web, kind: RepoType) -> None:
    services = web.services
    path = f"/{kind.prefix}{{owner}}/{{name}}/discussions"

    @router.get(path, include_in_schema=False)
    def discussions(
        request: Request,
        owner: str,
        name: str,
        status: str = "open",
        p: Annotated[int, Query(ge=0, le=_MAX_PAGE)] = 0,
    ) -> Response:
        visitor = visitor_of(request)
        repo = find_repo(services, visitor.caller, kind, owner, name)
        require_discussions(visitor.caller, repo)
        status = status if status in STATUS_GROUPS else "open"
        with services.database.read() as tx:
            found = tx.discussions.of_repo(
                repo.id, DiscussionFilter(statuses=STATUS_GROUPS[status]), _ROWS + 1, p * _ROWS
            )
            counts = {
                each: tx.discussions.count(repo.id, DiscussionFilter(statuses=STATUS_GROUPS[each]))
                for each in ("open", "closed")
            }
        return web.renderer.page(
            request,
            visitor,
            "discussions.html",
            tab="discussions",
            discussions=found[:_ROWS],
            counts=counts,
            wanted=status,
            page_number=p,
            has_older=len(found) > _ROWS,
            may_open=can(visitor.caller, Action.DISCUSS, repo),
            **head_context(services, visitor.caller, kind, repo),
        )

    @router.post(path, include_in_schema=False)
    def open_one(
        request: Request,
        owner: str,
        name: str,
        csrf: Annotated[str, Form()] = "",
        title: Annotated[str, Form()] = "",
        description: Annotated[str, Form()] = "",
        is_pull_request: Annotated[bool, Form()] = False,
    ) -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        repo = find_repo(services, visitor.caller, kind, owner, name)
        opening = open_pull_request if is_pull_request else open_discussion
        discussion = opening(services, repo, visitor.caller, title, description)
        return leads_to(f"/{kind.prefix}{repo.full_name}/discussions/{discussion.number}")
