"""The branches and tags of a repo: where each is, and forms to make and delete branches."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from spaceport.domain.access import Action, can
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.errors import AlreadyExists, BadRequest, Conflict, RevisionNotFound
from spaceport.repos.branches import create_branch, delete_branch, list_refs
from spaceport.repos.finding import folder_of
from spaceport.web.context import Web
from spaceport.web.forms import check_form, leads_to
from spaceport.web.repo_pages import find_repo, head_context
from spaceport.web.repo_router import router_of_all_types
from spaceport.web.visitor import Visitor, visitor_of

#: Of each kind; who has more uses git.
_MAX_SHOWN = 500
#: What the person at the form can mend.
_MENDABLE = (AlreadyExists, BadRequest, Conflict, RevisionNotFound)
Text = Annotated[str, Form()]


def make_router(web: Web) -> APIRouter:
    return router_of_all_types(web, _add_pages)


def _add_pages(router: APIRouter, web: Web, kind: RepoType) -> None:
    services, path = web.services, f"/{kind.prefix}{{owner}}/{{name}}/branches"

    @router.get(path, include_in_schema=False)
    def branches(request: Request, owner: str, name: str) -> Response:
        visitor = visitor_of(request)
        return _show(web, request, visitor, kind, find_repo(services, visitor.caller, kind, owner, name))

    @router.post(path, include_in_schema=False)
    def change(
        request: Request,
        owner: str,
        name: str,
        csrf: Text = "",
        branch: Text = "",
        start: Text = "main",
        action: Text = "create",
    ) -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        repo = find_repo(services, visitor.caller, kind, owner, name)
        branch = branch.strip()
        try:
            if action == "delete":
                delete_branch(services, repo, visitor.caller, branch)
            else:
                create_branch(services, repo, visitor.caller, branch, start.strip() or "main")
        except _MENDABLE as error:
            return _show(web, request, visitor, kind, repo, str(error))
        done = "branch-gone" if action == "delete" else "branch-made"
        return leads_to(f"/{kind.prefix}{repo.full_name}/branches", done)


def _show(
    web: Web, request: Request, visitor: Visitor, kind: RepoType, repo: Space | Repo, problem: str = ""
) -> Response:
    refs = list_refs(folder_of(web.services, repo))
    return web.renderer.page(
        request,
        visitor,
        "branches.html",
        status=400 if problem else 200,
        tab="files",
        refs_shown=refs.branches[:_MAX_SHOWN],
        tags_shown=refs.tags[:_MAX_SHOWN],
        more=max(0, len(refs.branches) - _MAX_SHOWN) + max(0, len(refs.tags) - _MAX_SHOWN),
        problem=problem,
        may_write=can(visitor.caller, Action.WRITE, repo),
        **head_context(web.services, visitor.caller, kind, repo),
    )
