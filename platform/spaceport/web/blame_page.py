"""A text with the commit that each of its lines comes from."""

from fastapi import APIRouter, Request, Response

from spaceport.domain.access import Action
from spaceport.domain.repo import RepoType
from spaceport.errors import BadRequest, EntryNotFound
from spaceport.hub_path import revision_and_path
from spaceport.repos.blame import blame_of
from spaceport.repos.finding import folder_of
from spaceport.repos.revisions import resolve_revision
from spaceport.repos.tree_listing import TreeListing
from spaceport.translating import gettext
from spaceport.web.committing import commit_rights
from spaceport.web.context import Web
from spaceport.web.file_place import place_of
from spaceport.web.file_view import file_view
from spaceport.web.repo_pages import find_repo, head_context
from spaceport.web.repo_router import router_of_all_types
from spaceport.web.visitor import visitor_of


def make_router(web: Web) -> APIRouter:
    return router_of_all_types(web, _add_page)


def _add_page(router: APIRouter, web: Web, kind: RepoType) -> None:
    services = web.services

    @router.get(f"/{kind.prefix}{{owner}}/{{name}}/blame/{{rest:path}}", include_in_schema=False)
    def blame(request: Request, owner: str, name: str, rest: str) -> Response:
        visitor = visitor_of(request)
        repo = find_repo(services, visitor.caller, kind, owner, name, Action.FETCH)
        revision, path = revision_and_path(request, "blame")
        folder = folder_of(services, repo)
        sha = resolve_revision(folder, revision)
        with TreeListing(folder, sha) as listing:
            row = listing.find(path)
            if row is None or row.is_folder:
                raise EntryNotFound(f"no file {path[:200]!r} in this commit")
            view = file_view(listing, row, f"/{kind.prefix}{repo.full_name}", revision, sha, plain=True)
        if view.lines is None:
            raise BadRequest(gettext("%(path)s is no text: its lines cannot be told apart", path=path[:200]))
        blamed = blame_of(folder, sha, path)
        lines = view.colours or view.lines
        parts = [(each.origin, each.first, lines[each.first - 1 : each.first - 1 + each.count]) for each in blamed]
        return web.renderer.page(
            request,
            visitor,
            "blame.html",
            tab="files",
            parts=[part for part in parts if part[2]],
            may_change=commit_rights(visitor.caller, repo).any,
            is_html=view.colours is not None,
            is_cut=sum(each.count for each in blamed) < len(view.lines) or bool(view.note),
            **place_of(services, repo, revision, sha, path),
            **head_context(services, visitor.caller, kind, repo),
        )
