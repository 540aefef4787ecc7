"""The commits of a repo, of a Space with what was deployed of each; one commit with what it changed."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Query, Request, Response

from spaceport.commit_statuses import commit_statuses
from spaceport.domain.access import Action
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.hub_path import revision_and_path
from spaceport.live import snapshot_of
from spaceport.repos.commits.listing import MAX_WALKED, commit_of, commits_of
from spaceport.repos.diff import diff_of
from spaceport.repos.finding import folder_of
from spaceport.repos.revisions import resolve_revision
from spaceport.web.context import Web
from spaceport.web.file_view import url_of
from spaceport.web.repo_pages import find_repo, head_context
from spaceport.web.repo_router import router_of_all_types
from spaceport.web.visitor import visitor_of

#: Commits of one page.
_ROWS = 30


def make_router(web: Web) -> APIRouter:
    return router_of_all_types(web, _add_list, _add_commit)


def _add_list(router: APIRouter, web: Web, kind: RepoType) -> None:
    services = web.services

    @router.get(f"/{kind.prefix}{{owner}}/{{name}}/commits/{{rest:path}}", include_in_schema=False)
    def commits(request: Request, owner: str, name: str, rest: str, p: int = Query(0, ge=0, le=MAX_WALKED)) -> Response:
        visitor = visitor_of(request)
        repo = find_repo(services, visitor.caller, kind, owner, name)
        revision, path = revision_and_path(request, "commits")
        folder = folder_of(services, repo)
        found, total = commits_of(folder, resolve_revision(folder, revision), path.strip("/"), p * _ROWS, _ROWS)
        return web.renderer.page(
            request,
            visitor,
            "commits.html",
            tab="commits",
            revision=revision,
            revision_url=url_of(revision),
            file_path=path.strip("/"),
            path_url=url_of(path.strip("/"), keep="/"),
            commits=found,
            total=total,
            statuses=_statuses(web, repo, [commit.sha for commit in found]),
            page_number=p,
            has_older=(p + 1) * _ROWS < total,
            **head_context(services, visitor.caller, kind, repo),
        )


def _add_commit(router: APIRouter, web: Web, kind: RepoType) -> None:
    services = web.services

    @router.get(f"/{kind.prefix}{{owner}}/{{name}}/commit/{{oid}}", include_in_schema=False)
    def commit(request: Request, owner: str, name: str, oid: str) -> Response:
        visitor = visitor_of(request)
        # What changed is what files hold.
        repo = find_repo(services, visitor.caller, kind, owner, name, Action.FETCH)
        folder = folder_of(services, repo)
        found = commit_of(folder, resolve_revision(folder, oid))
        return web.renderer.page(
            request,
            visitor,
            "commit.html",
            tab="commits",
            commit=found,
            deployed=_statuses(web, repo, [found.sha]).get(found.sha),
            diff=diff_of(folder, found.parent, found.sha),
            **head_context(services, visitor.caller, kind, repo),
        )


def _statuses(web: Web, repo: Space | Repo, shas: Sequence[str]) -> dict[str, Any]:
    """What became of commits, by their ids; nothing where nothing is deployed."""
    if not isinstance(repo, Space):
        return {}
    with web.services.database.read() as tx:
        return dict(commit_statuses(tx, snapshot_of(tx, repo), shas))
