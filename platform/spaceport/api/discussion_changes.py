"""What people do in a discussion. Source: hub-api.md section 11.2."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from spaceport.api.discussion_json import event_json
from spaceport.api.finding import signed_in
from spaceport.api.repo_info import find_readable
from spaceport.domain.account import Caller
from spaceport.domain.code_line import CodeLine
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.identity import caller_of
from spaceport.repos.discussions import merging, talking
from spaceport.services import Services


class Place(BaseModel):
    """A line of a file; ``side`` is ``old`` or ``new``, ``commit`` the full id of the commit that has the line."""

    path: str
    side: str = "new"
    line: int
    commit: str


class Comment(BaseModel):
    """``place`` for a line of a pull request's code, ``relatedEventId`` for an answer to another comment."""

    model_config = ConfigDict(populate_by_name=True)

    comment: str
    place: Place | None = None
    reply_to: str | None = Field(None, alias="relatedEventId", max_length=64)


class Title(BaseModel):
    title: str


class Status(BaseModel):
    status: str
    comment: str | None = None


class Merge(BaseModel):
    """``head`` is the commit that was looked at: where the pull request is at another one, 409."""

    comment: str | None = None
    head: Annotated[str | None, Field(pattern="^[0-9a-f]{40}$")] = None


class Content(BaseModel):
    content: str


def make_discussion_changes_router(services: Services) -> APIRouter:
    router = APIRouter()
    for kind in RepoType:
        _add_changes(router, services, kind)
        _add_comment_changes(router, services, kind)
    return router


def _add_changes(router: APIRouter, services: Services, kind: RepoType) -> None:
    path = f"/api/{kind.plural}/{{owner}}/{{name}}/discussions/{{number}}"

    @router.post(f"{path}/comment")
    def comment(owner: str, name: str, number: int, body: Comment, request: Request) -> dict[str, Any]:
        repo, caller = _repo_of(services, request, kind, owner, name)
        at = body.place
        place = CodeLine.of(at.path, at.side, at.line, at.commit) if at else None
        event = talking.comment(services, repo, caller, number, body.comment, place, body.reply_to)
        return {"newMessage": event_json(event)}

    @router.post(f"{path}/title")
    def rename(owner: str, name: str, number: int, body: Title, request: Request) -> dict[str, Any]:
        repo, caller = _repo_of(services, request, kind, owner, name)
        return {"newTitle": event_json(talking.rename(services, repo, caller, number, body.title))}

    @router.post(f"{path}/status")
    def change_status(owner: str, name: str, number: int, body: Status, request: Request) -> dict[str, Any]:
        repo, caller = _repo_of(services, request, kind, owner, name)
        event = talking.change_status(services, repo, caller, number, body.status, body.comment or "")
        return {"newStatus": event_json(event)}

    @router.post(f"{path}/merge")
    def merge(owner: str, name: str, number: int, request: Request, body: Merge | None = None) -> dict[str, Any]:
        repo, caller = _repo_of(services, request, kind, owner, name)
        wish = body or Merge()
        event = merging.merge(services, repo, caller, number, wish.comment or "", wish.head)
        return {"newStatus": event_json(event)}

    @router.delete(path)
    def delete(owner: str, name: str, number: int, request: Request) -> dict[str, Any]:
        repo, caller = _repo_of(services, request, kind, owner, name)
        talking.delete(services, repo, caller, number)
        return {}


def _add_comment_changes(router: APIRouter, services: Services, kind: RepoType) -> None:
    path = f"/api/{kind.plural}/{{owner}}/{{name}}/discussions/{{number}}/comment/{{event_id}}"

    @router.post(f"{path}/edit")
    def edit(owner: str, name: str, number: int, event_id: str, body: Content, request: Request) -> dict[str, Any]:
        repo, caller = _repo_of(services, request, kind, owner, name)
        event = talking.edit_comment(services, repo, caller, number, event_id, body.content)
        return {"updatedComment": event_json(event)}

    @router.post(f"{path}/hide")
    def hide(owner: str, name: str, number: int, event_id: str, request: Request) -> dict[str, Any]:
        repo, caller = _repo_of(services, request, kind, owner, name)
        return {"updatedComment": event_json(talking.hide_comment(services, repo, caller, number, event_id))}


def _repo_of(
    services: Services, request: Request, kind: RepoType, owner: str, name: str
) -> tuple[Space | Repo, Caller]:
    """Raises: SpaceNotFound, NotAuthenticated."""
    repo = find_readable(services, caller_of(request), kind, owner, name)
    return repo, signed_in(request)
