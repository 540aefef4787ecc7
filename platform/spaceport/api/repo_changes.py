"""A repo changes as a whole: name, owner, visibility, a copy of it."""

from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from spaceport.api.errors import error_response
from spaceport.api.finding import base_url, request_of, signed_in
from spaceport.api.repo_info import find_by_present_name, find_readable
from spaceport.api.space_config import Entry
from spaceport.api.space_volumes import Volume, mounts_asked_for
from spaceport.domain.access import Action, require
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.domain.visibility import Visibility, visibility_of
from spaceport.errors import AlreadyExists, BadRequest, NotSupported
from spaceport.identity import caller_of
from spaceport.repos.creation import namespace_of
from spaceport.repos.discussions.talking import set_discussions
from spaceport.repos.duplication import duplicate
from spaceport.repos.mounting import left_out
from spaceport.repos.moving import move
from spaceport.repos.repo_duplication import duplicate_repo
from spaceport.repos.repo_moving import move_repo
from spaceport.repos.repo_settings import change_settings
from spaceport.rollout.visit_commands import set_gate, set_visibility
from spaceport.services import Services

#: In characters.
_MAX_DESCRIPTION = 10_000


class Body(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True)


class Move(Body):
    """Source: hub-api.md section 4."""

    from_repo: str = Field(alias="fromRepo")
    to_repo: str = Field(alias="toRepo")
    type: str | None = None

    def kind(self) -> RepoType:
        """Absent means model. Raises: BadRequest, NotSupported."""
        if self.type == "bucket":
            raise NotSupported("this Spaceport has no buckets")
        try:
            return RepoType(self.type or RepoType.MODEL)
        except ValueError as error:
            raise BadRequest(f'"type" must be one of [{", ".join(RepoType)}]; given: {str(self.type)[:50]}') from error


class Visible(Body):
    """``visibility``, or ``private`` as clients before 2.x send it."""

    visibility: str | None = None
    private: bool | None = None

    def wanted(self, kind: RepoType) -> Visibility | None:
        """None where nothing was said. Raises: BadRequest."""
        return visibility_of(kind, self.visibility, self.private)


class RepoSettings(Visible):
    gated: Literal["auto", "manual", False] | None = None
    discussions_disabled: bool | None = Field(None, alias="discussionsDisabled")
    description: str | None = Field(None, max_length=_MAX_DESCRIPTION)

    def changes(self, kind: RepoType) -> dict[str, object]:
        """What was said of a model or dataset, by the names of our fields. Raises: BadRequest."""
        off, visibility = self.discussions_disabled, self.wanted(kind)
        wanted = {
            "private": None if visibility is None else visibility.is_private,
            "gated": None if self.gated is None else self.gated or "",
            "has_discussions": None if off is None else not off,
            "description": self.description,
        }
        return {key: value for key, value in wanted.items() if value is not None}


class Duplicate(Visible):
    """
    ``secrets`` have values; ``without`` (ours) names those that the copy is to start without. ``volumes`` are mounted
    in the place of those of the original.
    """

    repository: str
    hardware: str | None = None
    sleep_seconds: int | None = Field(None, alias="sleepTimeSeconds")
    secrets: list[Entry] = []
    variables: list[Entry] = []
    volumes: list[Volume] | None = None
    without: list[str] = []


def make_repo_changes_router(services: Services) -> APIRouter:
    router = APIRouter()
    _add_move(router, services)
    _add_duplicate(router, services)
    _add_settings(router, services)
    for kind in (RepoType.MODEL, RepoType.DATASET):
        _add_repo_routes(router, services, kind)
    return router


def _add_move(router: APIRouter, services: Services) -> None:
    @router.post("/api/repos/move")
    def move_named(body: Move, request: Request) -> dict[str, Any]:
        caller, kind = signed_in(request), body.kind()
        owner, name = parts(body.from_repo, "fromRepo")
        repo = find_by_present_name(services, caller, kind, owner, name, Action.MOVE)
        target = parts(body.to_repo, "toRepo")
        moved: Space | Repo
        if isinstance(repo, Space):
            moved = move(services, repo, caller, *target)
        else:
            moved = move_repo(services, repo, caller, *target)
        return {"url": f"{base_url(request)}/{kind.prefix}{moved.full_name}", "name": moved.full_name}


def _add_duplicate(router: APIRouter, services: Services) -> None:
    @router.post("/api/spaces/{owner}/{name}/duplicate")
    def duplicate_space(body: Duplicate, owner: str, name: str, request: Request) -> Response:
        signed_in(request)
        space, caller = request_of(services, request, owner, name, Action.DUPLICATE)
        to_owner, to_name = parts(body.repository, "repository")
        mounts = None
        if body.volumes is not None:
            owner_id, has_storage = namespace_of(services, caller, to_owner).id, bool(space.volume_bytes)
            mounts = mounts_asked_for(services, caller, owner_id, body.volumes, has_storage)
        wanted = body.wanted(RepoType.SPACE) or Visibility.PRIVATE
        try:
            copy = duplicate(
                services,
                space,
                caller,
                to_owner,
                to_name,
                private=wanted.is_private,
                hardware=body.hardware,
                sleep_seconds=body.sleep_seconds,
                variables={each.key: each.value for each in body.variables},
                secrets={each.key: each.value for each in body.secrets},
                without=body.without,
                mounts=mounts,
            )
        except AlreadyExists as error:
            # Clients read ``url`` of this answer when they asked with exist_ok.
            return error_response(409, str(error), url=f"{base_url(request)}/spaces/{to_owner}/{to_name}")
        if wanted is Visibility.PROTECTED:
            set_visibility(services, copy, caller, wanted)
        url = f"{base_url(request)}/spaces/{copy.full_name}"
        answer: dict[str, Any] = {"url": url, "name": copy.full_name, "missingSecrets": copy.missing_secrets}
        if body.volumes is None and (missing := left_out(space, copy)):
            answer["missingVolumes"] = missing
        return JSONResponse(answer)


def _add_settings(router: APIRouter, services: Services) -> None:
    @router.put("/api/spaces/{owner}/{name}/settings")
    def update_settings(body: RepoSettings, owner: str, name: str, request: Request) -> dict[str, Any]:
        space, caller = request_of(services, request, owner, name, Action.CONFIGURE)
        wanted = body.wanted(RepoType.SPACE)
        if wanted is not None:
            set_visibility(services, space, caller, wanted)
        if body.gated is not None:
            set_gate(services, space, caller, body.gated or "")
        if body.discussions_disabled is not None:
            set_discussions(services, space, is_on=not body.discussions_disabled)
        if body.description is not None:
            with services.database.begin() as tx:
                tx.spaces.update(space.id, description=body.description)
        gated = space.gated if body.gated is None else body.gated or ""
        return _settings_json(wanted or space.visibility, gated)


def _add_repo_routes(router: APIRouter, services: Services, kind: RepoType) -> None:
    base = f"/api/{kind.plural}/{{owner}}/{{name}}"

    def allowed(request: Request, owner: str, name: str, action: Action) -> Repo:
        caller = caller_of(request)
        repo = find_readable(services, caller, kind, owner, name)
        require(caller, action, repo)
        assert isinstance(repo, Repo)
        return repo

    @router.put(f"{base}/settings")
    def update_settings(body: RepoSettings, owner: str, name: str, request: Request) -> dict[str, Any]:
        repo = allowed(request, owner, name, Action.CONFIGURE)
        repo = change_settings(services, repo, caller_of(request), **body.changes(kind))
        visibility = Visibility.PRIVATE if repo.private else Visibility.PUBLIC
        return _settings_json(visibility, repo.gated) | {"discussionsDisabled": not repo.has_discussions}

    @router.post(f"{base}/duplicate")
    def duplicate_this(body: Duplicate, owner: str, name: str, request: Request) -> Response:
        caller = signed_in(request)
        repo = allowed(request, owner, name, Action.DUPLICATE)
        to_owner, to_name = parts(body.repository, "repository")
        start = f"{base_url(request)}/{kind.prefix}"
        try:
            wanted = body.wanted(kind)
            private = None if wanted is None else wanted.is_private
            copy = duplicate_repo(services, repo, caller, to_owner, to_name, private)
        except AlreadyExists as error:
            return error_response(409, str(error), url=f"{start}{to_owner}/{to_name}")
        return JSONResponse({"url": f"{start}{copy.full_name}", "name": copy.full_name})


def _settings_json(visibility: Visibility, gated: str) -> dict[str, Any]:
    return {"private": visibility.is_private, "visibility": str(visibility), "gated": gated or False}


def parts(full_name: str, what: str) -> tuple[str, str]:
    """Owner and name. Raises: BadRequest."""
    owner, slash, name = full_name.partition("/")
    if not (owner and slash and name) or "/" in name:
        raise BadRequest(f'"{what}" must be owner/name; given: {full_name[:200]}')
    return owner, name
