"""The files of a repo at a revision: folders, and what is in a file."""

from fastapi import APIRouter, Query, Request, Response

from spaceport.domain.access import Action, can, require
from spaceport.domain.repo import RepoType
from spaceport.errors import EntryNotFound
from spaceport.hub_path import revision_and_path
from spaceport.identity import asker_of
from spaceport.repos.finding import folder_of
from spaceport.repos.revisions import resolve_revision
from spaceport.repos.tree_listing import TreeListing
from spaceport.web.committing import commit_rights
from spaceport.web.context import Web
from spaceport.web.file_place import place_of
from spaceport.web.file_view import FolderPage, file_view, folder_page
from spaceport.web.inside import look_inside
from spaceport.web.repo_pages import find_repo, head_context
from spaceport.web.repo_router import router_of_all_types
from spaceport.web.visitor import visitor_of

_MAX_PAGE = 1_000


def make_router(web: Web) -> APIRouter:
    return router_of_all_types(web, _add_folder, _add_file)


def _add_folder(router: APIRouter, web: Web, kind: RepoType) -> None:
    services = web.services

    @router.get(f"/{kind.prefix}{{owner}}/{{name}}/tree/{{rest:path}}", include_in_schema=False)
    def folder(request: Request, owner: str, name: str, rest: str, p: int = Query(0, ge=0, le=_MAX_PAGE)) -> Response:
        visitor = visitor_of(request)
        repo = find_repo(services, visitor.caller, kind, owner, name)
        revision, path = revision_and_path(request, "tree")
        path = path.strip("/")
        sha = resolve_revision(folder_of(services, repo), revision)
        with TreeListing(folder_of(services, repo), sha) as listing:
            found: FolderPage = folder_page(listing, path, p)
        return web.renderer.page(
            request,
            visitor,
            "folder.html",
            tab="files",
            page_number=p,
            folder=found,
            may_fetch=can(visitor.caller, Action.FETCH, repo),
            may_change=commit_rights(visitor.caller, repo).any,
            **place_of(services, repo, revision, sha, path),
            **head_context(services, visitor.caller, kind, repo),
        )


def _add_file(router: APIRouter, web: Web, kind: RepoType) -> None:
    services = web.services

    @router.get(f"/{kind.prefix}{{owner}}/{{name}}/blob/{{rest:path}}", include_in_schema=False)
    def file(request: Request, owner: str, name: str, rest: str, plain: bool = False) -> Response:
        visitor = visitor_of(request)
        repo = find_repo(services, visitor.caller, kind, owner, name)
        require(visitor.caller, Action.FETCH, repo)
        revision, path = revision_and_path(request, "blob")
        sha = resolve_revision(folder_of(services, repo), revision)
        base = f"/{kind.prefix}{repo.full_name}"
        with TreeListing(folder_of(services, repo), sha) as listing:
            row = listing.find(path)
            if row is None or row.is_folder:
                raise EntryNotFound(f"no file {path[:200]!r} in this commit")
            view = file_view(listing, row, base, revision, sha, plain)
            commit = listing.last_commits([row]).get(row.raw)
        inside = look_inside(web, repo, sha, path, view, asker_of(request))
        return web.renderer.page(
            request,
            visitor,
            "file.html",
            tab="files",
            file=view,
            inside=inside,
            commit=commit,
            plain=plain,
            may_change=commit_rights(visitor.caller, repo).any,
            **place_of(services, repo, revision, sha, path),
            **head_context(services, visitor.caller, kind, repo),
        )
