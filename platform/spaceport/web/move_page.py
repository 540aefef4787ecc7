"""A file or folder of any kind gets another path, or is deleted."""

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.errors import EntryNotFound
from spaceport.hub_path import revision_and_path
from spaceport.repos.commits.operations import Copy, Delete, Operation
from spaceport.repos.finding import folder_of
from spaceport.repos.tree_listing import TreeListing
from spaceport.web.committing import MENDABLE, branch_head, commit_from_page, commit_rights, find_changeable
from spaceport.web.context import Web
from spaceport.web.file_place import place_of
from spaceport.web.forms import check_form
from spaceport.web.repo_pages import head_context
from spaceport.web.repo_router import router_of_all_types
from spaceport.web.visitor import Visitor, visitor_of

Text = Annotated[str, Form()]


@dataclass(frozen=True)
class Move:
    """What stands in the form; ``parent`` is the commit that the visitor saw."""

    path: str
    to: str
    parent: str
    message: str = ""
    description: str = ""
    problem: str = ""


def make_router(web: Web) -> APIRouter:
    return router_of_all_types(web, _add_page, _add_deed)


def _add_page(router: APIRouter, web: Web, kind: RepoType) -> None:
    @router.get(f"/{kind.prefix}{{owner}}/{{name}}/move/{{rest:path}}", include_in_schema=False)
    def move(request: Request, owner: str, name: str, rest: str) -> Response:
        visitor = visitor_of(request)
        repo = find_changeable(web.services, visitor.caller, kind, owner, name)
        revision, path = revision_and_path(request, "move")
        path = path.strip("/")
        return _show(web, request, visitor, kind, repo, revision, Move(path, path, ""))


def _add_deed(router: APIRouter, web: Web, kind: RepoType) -> None:
    @router.post(f"/{kind.prefix}{{owner}}/{{name}}/move/{{rest:path}}", include_in_schema=False)
    def act(
        request: Request,
        owner: str,
        name: str,
        rest: str,
        csrf: Text = "",
        to: Text = "",
        parent: Text = "",
        message: Text = "",
        description: Text = "",
        action: Text = "",
        is_proposal: Annotated[bool, Form()] = False,
    ) -> Response:
        """The button says what to do, the box whether it is only proposed."""
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        repo = find_changeable(web.services, visitor.caller, kind, owner, name)
        revision, path = revision_and_path(request, "move")
        asked = Move(path.strip("/"), to.strip().strip("/"), parent, message, description)
        operation, title = _operation(asked, action)
        try:
            return commit_from_page(
                web.services,
                repo,
                visitor.caller,
                revision,
                [operation],
                message.strip() or title,
                description,
                parent or None,
                is_proposal,
            )
        except MENDABLE as error:
            return _show(web, request, visitor, kind, repo, revision, replace(asked, problem=str(error)))


def _operation(asked: Move, action: str) -> tuple[Operation, str]:
    if action == "delete":
        return Delete(asked.path), f"Delete {asked.path}"
    return Copy(asked.to, asked.path, is_move=True), f"Rename {asked.path} to {asked.to}"


def _show(
    web: Web, request: Request, visitor: Visitor, kind: RepoType, repo: Space | Repo, revision: str, asked: Move
) -> Response:
    """Raises: EntryNotFound where there is nothing of that path."""
    sha = branch_head(web.services, repo, revision)
    with TreeListing(folder_of(web.services, repo), sha) as listing:
        row = listing.find(asked.path) if asked.path else None
    if row is None:
        raise EntryNotFound(f"no file {asked.path[:200]!r} in this commit")
    return web.renderer.page(
        request,
        visitor,
        "move.html",
        status=400 if asked.problem else 200,
        tab="files",
        # What others changed meanwhile is told by the problem, and seen with this page.
        asked=replace(asked, parent=sha),
        is_folder=row.is_folder,
        may=commit_rights(visitor.caller, repo),
        **place_of(web.services, repo, revision, sha, asked.path),
        **head_context(web.services, visitor.caller, kind, repo),
    )
