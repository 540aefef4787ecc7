"""A repo changes as a whole: name, owner, visibility, a copy of it."""

from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from spaceport.api.errors import error_response
from spaceport.api.finding import base_url, request_of, signed_in
from spaceport.api.repo_info import find_readable
from spaceport.api.space_config import Entry
from spaceport.domain.access import Action
from spaceport.domain.repo import Repo, RepoType
from spaceport.errors import AlreadyExists, BadRequest, NotSupported, SpaceMoved, SpaceNotFound
from spaceport.identity import caller_of
from spaceport.repos.discussions.talking import set_discussions
from spaceport.repos.duplication import duplicate
from spaceport.repos.moving import move
from spaceport.repos.repo_settings import change_settings
from spaceport.rollout.visit_commands import set_visibility
from spaceport.services import Services


class Body(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True)


class Move(Body):
    """Source: hub-api.md section 4."""

    from_repo: str = Field(alias="fromRepo")
    to_repo: str = Field(alias="toRepo")
    type: str | None = None


class Visibility(Body):
    """``visibility``, or ``private`` as clients before 2.x send it."""

    visibility: str | None = None
    private: bool | None = None

    def is_private(self) -> bool | None:
        """None where nothing was said. Raises: BadRequest."""
        if self.visibility is None:
            return self.private
        if self.visibility not in ("public", "private"):
            raise BadRequest(f'"visibility" must be one of [public, private]; given: {self.visibility[:50]}')
        return self.visibility == "private"


class RepoSettings(Visibility):
    gated: Literal["auto", "manual", False] | None = None
    discussions_disabled: bool | None = Field(None, alias="discussionsDisabled")


class Duplicate(Visibility):
    """``secrets`` have values; ``without`` (ours) names those that the copy is to start without."""

    repository: str
    hardware: str | None = None
    sleep_seconds: int | None = Field(None, alias="sleepTimeSeconds")
    secrets: list[Entry] = []
    variables: list[Entry] = []
    volumes: list[Any] | None = None
    without: list[str] = []


def make_repo_changes_router(services: Services) -> APIRouter:
    router = APIRouter()
    _add_move(router, services)
    _add_duplicate(router, services)
    _add_settings(router, services)
    for kind in (RepoType.MODEL, RepoType.DATASET):
        _add_repo_settings(router, services, kind)
    return router


def _add_move(router: APIRouter, services: Services) -> None:
    @router.post("/api/repos/move")
    def move_repo(body: Move, request: Request) -> dict[str, Any]:
        signed_in(request)
        if body.type != "space":
            raise NotSupported("models and datasets cannot be moved here yet")
        owner, name = parts(body.from_repo, "fromRepo")
        try:
            space, caller = request_of(services, request, owner, name, Action.MOVE)
        except SpaceMoved as error:
            # The names are in the body, so a redirect could not lead anywhere.
            raise SpaceNotFound(str(error)) from error
        moved = move(services, space, caller, *parts(body.to_repo, "toRepo"))
        return {"url": f"{base_url(request)}/spaces/{moved.full_name}", "name": moved.full_name}


def _add_duplicate(router: APIRouter, services: Services) -> None:
    @router.post("/api/spaces/{owner}/{name}/duplicate")
    def duplicate_space(body: Duplicate, owner: str, name: str, request: Request) -> Response:
        signed_in(request)
        space, caller = request_of(services, request, owner, name, Action.DUPLICATE)
        if body.volumes:
            raise NotSupported("this Spaceport mounts no buckets and repos: the copy has an empty /data of its own")
        to_owner, to_name = parts(body.repository, "repository")
        private = body.is_private()
        try:
            copy = duplicate(
                services,
                space,
                caller,
                to_owner,
                to_name,
                private=True if private is None else private,
                hardware=body.hardware,
                sleep_seconds=body.sleep_seconds,
                variables={each.key: each.value for each in body.variables},
                secrets={each.key: each.value for each in body.secrets},
                without=body.without,
            )
        except AlreadyExists as error:
            # Clients read ``url`` of this answer when they asked with exist_ok.
            return error_response(409, str(error), url=f"{base_url(request)}/spaces/{to_owner}/{to_name}")
        url = f"{base_url(request)}/spaces/{copy.full_name}"
        return JSONResponse({"url": url, "name": copy.full_name, "missingSecrets": copy.missing_secrets})


def _add_settings(router: APIRouter, services: Services) -> None:
    @router.put("/api/spaces/{owner}/{name}/settings")
    def update_settings(body: RepoSettings, owner: str, name: str, request: Request) -> dict[str, Any]:
        space, caller = request_of(services, request, owner, name, Action.CONFIGURE)
        if body.gated:
            raise BadRequest("a Space cannot be gated: make it private, or public")
        private = body.is_private()
        if private is not None:
            set_visibility(services, space, caller, private)
        if body.discussions_disabled is not None:
            set_discussions(services, space, is_on=not body.discussions_disabled)
        return _settings_json(space.private if private is None else private, "")


def _add_repo_settings(router: APIRouter, services: Services, kind: RepoType) -> None:
    @router.put(f"/api/{kind.plural}/{{owner}}/{{name}}/settings")
    def update_settings(body: RepoSettings, owner: str, name: str, request: Request) -> dict[str, Any]:
        caller = caller_of(request)
        repo = find_readable(services, caller, kind, owner, name)
        assert isinstance(repo, Repo)
        gated = None if body.gated is None else body.gated or ""
        has_discussions = None if body.discussions_disabled is None else not body.discussions_disabled
        changed = change_settings(services, repo, caller, body.is_private(), gated, has_discussions)
        return _settings_json(changed.private, changed.gated)


def _settings_json(is_private: bool, gated: str) -> dict[str, Any]:
    return {"private": is_private, "visibility": "private" if is_private else "public", "gated": gated or False}


def parts(full_name: str, what: str) -> tuple[str, str]:
    """Owner and name. Raises: BadRequest."""
    owner, slash, name = full_name.partition("/")
    if not (owner and slash and name) or "/" in name:
        raise BadRequest(f'"{what}" must be owner/name; given: {full_name[:200]}')
    return owner, name
