"""Lists and info of models, datasets and Spaces, and the tags there are. Source: hub-api.md section 5."""

from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from spaceport.api.finding import find_space
from spaceport.api.paging import next_link
from spaceport.api.repo_fields import NEED_FILES, fields_of_info, fields_of_list
from spaceport.api.repo_info import find_readable
from spaceport.api.repo_view import view_of
from spaceport.api.tag_types import tags_by_type, tasks_json
from spaceport.domain.account import Caller
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.errors import SpaceNotFound
from spaceport.hub_path import revision_and_path
from spaceport.identity import caller_of
from spaceport.list_query import cursor_of, read_query
from spaceport.repos.paths import repo_path
from spaceport.repos.revisions import resolve_revision
from spaceport.services import Services

#: Items of a page for which all files of each are looked at.
_MAX_WITH_FILES = 100
_MAX_TAGS = 5000


def make_repo_lists_router(services: Services) -> APIRouter:
    router = APIRouter()
    for kind in RepoType:
        _add_list(router, services, kind)
        _add_info(router, services, kind)

    @router.get("/api/tasks")
    def tasks() -> dict[str, dict[str, Any]]:
        return tasks_json()

    return router


def _add_list(router: APIRouter, services: Services, kind: RepoType) -> None:
    @router.get(f"/api/{kind.plural}")
    def list_repos(request: Request) -> Response:
        caller, query = caller_of(request), request.query_params
        fields = fields_of_list(kind, query)
        wish = read_query(kind, query)
        limit = min(wish.limit, _MAX_WITH_FILES) if fields & NEED_FILES else wish.limit
        with services.database.read() as tx:
            found = tx.listings.page(replace(wish, limit=limit + 1), caller)
            page = found[:limit]
            items = [view_of(services, tx, caller, repo, repo.head_sha, fields) for repo in page]
        has_more = len(found) > limit
        link = {"Link": next_link(request, cursor=cursor_of(wish, page[-1]))} if has_more else {}
        return JSONResponse(items, headers=link)

    if kind is RepoType.SPACE:
        return

    @router.get(f"/api/{kind.plural}-tags-by-type")
    def tags() -> dict[str, list[dict[str, str]]]:
        with services.database.read() as tx:
            return tags_by_type(kind, tx.listings.public_tags(kind, _MAX_TAGS))


def _add_info(router: APIRouter, services: Services, kind: RepoType) -> None:
    @router.get(f"/api/{kind.plural}/{{owner}}/{{name}}")
    def info(owner: str, name: str, request: Request, blobs: bool = False) -> dict[str, Any]:
        return _info(services, request, kind, owner, name, "main", blobs)

    @router.get(f"/api/{kind.plural}/{{owner}}/{{name}}/revision/{{rest:path}}")
    def info_of_revision(owner: str, name: str, rest: str, request: Request, blobs: bool = False) -> dict[str, Any]:
        return _info(services, request, kind, owner, name, revision_and_path(request, "revision")[0], blobs)

    @router.get(f"/api/{kind.plural}/{{name}}", include_in_schema=False)
    @router.get(f"/api/{kind.plural}/{{name}}/revision/{{rest:path}}", include_in_schema=False)
    def without_owner(name: str, request: Request) -> None:
        """Clients try names without an owner, and read the code of the error."""
        caller_of(request)
        raise SpaceNotFound(f"no {kind} of that name")


def _info(
    services: Services, request: Request, kind: RepoType, owner: str, name: str, revision: str, blobs: bool
) -> dict[str, Any]:
    caller = caller_of(request)
    fields = fields_of_info(kind, request.query_params)
    repo = _find(services, caller, kind, owner, name)
    sha = resolve_revision(repo_path(services.settings.data_dir, repo.id, kind), revision)
    with services.database.read() as tx:
        return view_of(services, tx, caller, repo, sha, fields, blobs)


def _find(services: Services, caller: Caller, kind: RepoType, owner: str, name: str) -> Space | Repo:
    if kind is not RepoType.SPACE:
        return find_readable(services, caller, kind, owner, name)
    with services.database.read() as tx:
        return find_space(tx, caller, owner, name)
