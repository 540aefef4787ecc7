"""The commits of a repo; of a Space with what was deployed of each. Source: hub-api.md section 6."""

from collections.abc import Mapping
from html import escape
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response

from spaceport.api.errors import missing_entry
from spaceport.api.paging import next_link
from spaceport.api.repo_info import find_readable
from spaceport.api.space_json import date_json
from spaceport.commit_statuses import commit_statuses
from spaceport.domain.commit_status import CommitStatus
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.errors import EntryNotFound
from spaceport.hub_path import revision_and_path
from spaceport.identity import caller_of
from spaceport.live import snapshot_of
from spaceport.repos.commits.listing import MAX_WALKED, Commit, commits_of
from spaceport.repos.paths import repo_path
from spaceport.repos.revisions import resolve_revision
from spaceport.services import Services

#: Commits of a page, unless asked for otherwise, and at most.
_PAGE = 50
_MAX_PAGE = 1000


def make_commits_router(services: Services) -> APIRouter:
    router = APIRouter()
    for kind in RepoType:
        _add_commits(router, services, kind)
    return router


def _add_commits(router: APIRouter, services: Services, kind: RepoType) -> None:
    @router.get(f"/api/{kind.plural}/{{owner}}/{{name}}/commits/{{rest:path}}")
    def commits(
        owner: str,
        name: str,
        rest: str,
        request: Request,
        p: Annotated[int, Query(ge=0, le=MAX_WALKED)] = 0,
        limit: Annotated[int, Query(ge=1, le=_MAX_PAGE)] = _PAGE,
    ) -> Response:
        repo = find_readable(services, caller_of(request), kind, owner, name)
        revision, path = revision_and_path(request, "commits")
        folder = repo_path(services.settings.data_dir, repo.id, kind)
        sha = resolve_revision(folder, revision)
        try:
            found, total = commits_of(folder, sha, path.strip("/"), p * limit, limit)
        except EntryNotFound as error:
            return missing_entry(str(error), sha)
        statuses = _statuses(services, repo, found)
        query = request.query_params
        is_formatted = "formatted" in (*query.getlist("expand[]"), *query.getlist("expand"))
        headers = {"X-Total-Count": str(total)}
        if (p + 1) * limit < total:
            headers["Link"] = next_link(request, p=p + 1)
        return JSONResponse([commit_json(each, is_formatted, statuses) for each in found], headers=headers)


def commit_json(commit: Commit, is_formatted: bool, statuses: Mapping[str, CommitStatus]) -> dict[str, Any]:
    """``formatted`` is text as it may stand in HTML."""
    row: dict[str, Any] = {
        "id": commit.sha,
        "title": commit.title,
        "message": commit.message,
        "authors": [{"user": commit.author}],
        "date": date_json(commit.at),
    }
    if is_formatted:
        row["formatted"] = {"title": escape(commit.title), "message": escape(commit.message)}
    if status := statuses.get(commit.sha):
        row["status"] = {
            "state": status.state,
            "words": status.words,
            "cause": status.cause,
            "release": status.release,
            "build": status.build_id,
        }
    return row


def _statuses(services: Services, repo: Space | Repo, commits: list[Commit]) -> dict[str, CommitStatus]:
    if not isinstance(repo, Space):
        return {}
    with services.database.read() as tx:
        return commit_statuses(tx, snapshot_of(tx, repo), [commit.sha for commit in commits])
