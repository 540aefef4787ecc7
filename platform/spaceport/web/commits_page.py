"""The commits of a Space with what was deployed of each; one commit with what it changed."""

from fastapi import APIRouter, Query, Request, Response

from spaceport.commit_statuses import commit_statuses
from spaceport.live import snapshot_of
from spaceport.repos.commits.listing import MAX_WALKED, commit_of, commits_of
from spaceport.repos.diff import diff_of
from spaceport.repos.paths import repo_path
from spaceport.repos.revisions import resolve_revision
from spaceport.web.context import Web
from spaceport.web.finding import find_space
from spaceport.web.space_view import view_context
from spaceport.web.visitor import visitor_of

#: Commits of one page.
_ROWS = 30


def make_router(web: Web) -> APIRouter:
    router = web.new_router()
    services = web.services

    @router.get("/spaces/{owner}/{name}/commits/{revision:path}", include_in_schema=False)
    def commits(
        request: Request, owner: str, name: str, revision: str, p: int = Query(0, ge=0, le=MAX_WALKED)
    ) -> Response:
        visitor = visitor_of(request)
        with services.database.read() as tx:
            space = find_space(tx, visitor.caller, owner, name)
            snapshot = snapshot_of(tx, space)
        folder = repo_path(services.settings.data_dir, space.id)
        found, total = commits_of(folder, resolve_revision(folder, revision), "", p * _ROWS, _ROWS)
        with services.database.read() as tx:
            statuses = commit_statuses(tx, snapshot, [commit.sha for commit in found])
        return web.renderer.page(
            request,
            visitor,
            "commits.html",
            tab="commits",
            revision=revision,
            commits=found,
            total=total,
            statuses=statuses,
            page_number=p,
            has_older=(p + 1) * _ROWS < total,
            **view_context(snapshot, visitor.caller, services),
        )

    @router.get("/spaces/{owner}/{name}/commit/{oid}", include_in_schema=False)
    def commit(request: Request, owner: str, name: str, oid: str) -> Response:
        visitor = visitor_of(request)
        with services.database.read() as tx:
            space = find_space(tx, visitor.caller, owner, name)
            snapshot = snapshot_of(tx, space)
        folder = repo_path(services.settings.data_dir, space.id)
        found = commit_of(folder, resolve_revision(folder, oid))
        with services.database.read() as tx:
            deployed = commit_statuses(tx, snapshot, [found.sha])[found.sha]
        return web.renderer.page(
            request,
            visitor,
            "commit.html",
            tab="commits",
            commit=found,
            deployed=deployed,
            diff=diff_of(folder, found.parent, found.sha),
            **view_context(snapshot, visitor.caller, services),
        )

    return router
