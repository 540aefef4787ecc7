"""Lists of discussions, one with all that was said, and new ones. Source: hub-api.md section 11.2."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from spaceport.api.discussion_json import details_json, discussion_json
from spaceport.api.finding import base_url, signed_in
from spaceport.api.repo_info import find_readable
from spaceport.domain.access import Action, can
from spaceport.domain.discussion import STATUS_GROUPS, TYPE_GROUPS, DiscussionFilter
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.errors import BadRequest
from spaceport.identity import caller_of
from spaceport.repos.discussions.finding import find_discussion, require_discussions
from spaceport.repos.discussions.opening import open_discussion, open_pull_request
from spaceport.repos.discussions.pull_refs import pull_state
from spaceport.services import Services

PAGE_LENGTH = 50
_MAX_PAGE = 100_000


class NewDiscussion(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    title: str
    description: str = ""
    is_pull_request: bool = Field(False, alias="pullRequest")


def make_discussions_router(services: Services) -> APIRouter:
    router = APIRouter()
    for kind in RepoType:
        _add_list(router, services, kind)
        _add_details(router, services, kind)
        _add_opening(router, services, kind)
    return router


def _add_list(router: APIRouter, services: Services, kind: RepoType) -> None:
    path = f"/api/{kind.plural}/{{owner}}/{{name}}/discussions"

    @router.get(path)
    def list_discussions(
        owner: str,
        name: str,
        request: Request,
        wanted_type: Annotated[str, Query(alias="type")] = "all",
        status: str = "all",
        author: str = "",
        p: Annotated[int, Query(ge=0, le=_MAX_PAGE)] = 0,
    ) -> dict[str, Any]:
        repo = _readable(services, request, kind, owner, name)
        wanted = filter_of(wanted_type, status, author)
        start = p * PAGE_LENGTH
        with services.database.read() as tx:
            found = tx.discussions.of_repo(repo.id, wanted, PAGE_LENGTH, start)
            count = tx.discussions.count(repo.id, wanted)
        return {"discussions": [discussion_json(repo, each) for each in found], "count": count, "start": start}

    @router.head(path)
    def has_discussions(owner: str, name: str, request: Request) -> Response:
        _readable(services, request, kind, owner, name)
        return Response(media_type="application/json")


def _add_details(router: APIRouter, services: Services, kind: RepoType) -> None:
    @router.get(f"/api/{kind.plural}/{{owner}}/{{name}}/discussions/{{number}}")
    def details(owner: str, name: str, number: int, request: Request, diff: bool = False) -> dict[str, Any]:
        repo = _readable(services, request, kind, owner, name)
        with services.database.read() as tx:
            discussion = find_discussion(tx, repo, number)
            events = tx.discussions.events(discussion.id)
        if not discussion.is_pull_request:
            return details_json(repo, discussion, events, None)
        # A patch shows the contents of files, which a gated repo keeps from those who were not let in.
        may_see_files = can(caller_of(request), Action.FETCH, repo)
        pull = pull_state(services, repo, discussion, with_diff=diff and may_see_files)
        return details_json(repo, discussion, events, pull)


def _add_opening(router: APIRouter, services: Services, kind: RepoType) -> None:
    @router.post(f"/api/{kind.plural}/{{owner}}/{{name}}/discussions")
    def open_one(owner: str, name: str, body: NewDiscussion, request: Request) -> dict[str, Any]:
        repo = _readable(services, request, kind, owner, name)
        caller = signed_in(request)
        opening = open_pull_request if body.is_pull_request else open_discussion
        discussion = opening(services, repo, caller, body.title, body.description)
        url = f"{base_url(request)}/{kind.prefix}{repo.full_name}/discussions/{discussion.number}"
        return {"num": discussion.number, "url": url, "pullRequest": discussion.is_pull_request}


def filter_of(wanted_type: str, status: str, author: str) -> DiscussionFilter:
    """Raises: BadRequest."""
    if wanted_type not in TYPE_GROUPS:
        raise BadRequest(f'"type" must be one of [{", ".join(TYPE_GROUPS)}]; given: {wanted_type[:50]}')
    if status not in STATUS_GROUPS:
        raise BadRequest(f'"status" must be one of [{", ".join(STATUS_GROUPS)}]; given: {status[:50]}')
    return DiscussionFilter(TYPE_GROUPS[wanted_type], STATUS_GROUPS[status], author)


def _readable(services: Services, request: Request, kind: RepoType, owner: str, name: str) -> Space | Repo:
    caller = caller_of(request)
    repo = find_readable(services, caller, kind, owner, name)
    require_discussions(caller, repo)
    return repo
