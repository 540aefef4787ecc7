"""Create and delete repos."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from spaceport.api.errors import error_response
from spaceport.api.finding import base_url, request_of, signed_in
from spaceport.domain.access import Action
from spaceport.domain.card import SDKS
from spaceport.domain.flavors import Flavors
from spaceport.errors import AlreadyExists, BadRequest
from spaceport.repos.creation import create_space
from spaceport.rollout import commands
from spaceport.services import Services

_LATER = "Spaceport has Spaces only so far: models and datasets come later"


class RepoName(BaseModel):
    """``name`` may be ``owner/name`` too; ``type`` absent means model."""

    model_config = ConfigDict(extra="ignore")

    name: str
    organization: str | None = None
    type: str | None = None

    def parts(self, caller_name: str) -> tuple[str, str]:
        """Owner and name."""
        if not self.organization and self.name.count("/") == 1:
            owner, name = self.name.split("/")
            return owner, name
        return self.organization or caller_name, self.name


class NewRepo(RepoName):
    """Source: hub-api.md section 4. ``private`` is what clients before 2.x send."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    visibility: str | None = None
    private: bool | None = None
    sdk: str | None = None
    sdk_version: str | None = Field(None, alias="sdkVersion")
    hardware: str | None = None
    secrets: list[Any] | None = None
    variables: list[Any] | None = None
    files: list[Any] | None = None

    def check(self, flavors: Flavors) -> str:
        """The sdk. Raises: BadRequest for what cannot be done."""
        if self.sdk not in SDKS:
            raise BadRequest(f'"sdk" must be one of [{", ".join(SDKS)}]; given: {str(self.sdk)[:50]}')
        if self.visibility is not None and self.visibility not in ("public", "private"):
            raise BadRequest(f'"visibility" must be one of [public, private]; given: {self.visibility[:50]}')
        if self.hardware is not None and self.hardware not in flavors:
            raise BadRequest(f'"hardware" must be one of [{", ".join(flavors)}]; given: {self.hardware[:50]}')
        if self.secrets or self.variables or self.files:
            raise BadRequest("secrets, variables and files cannot be given here yet: they come later")
        return self.sdk


def make_repos_router(services: Services) -> APIRouter:
    router = APIRouter()

    @router.post("/api/repos/create")
    def create(body: NewRepo, request: Request) -> Response:
        caller = signed_in(request)
        if body.type != "space":
            return error_response(501, _LATER)
        assert caller.user is not None
        owner, name = body.parts(caller.user.name)
        private = body.visibility == "private" if body.visibility else bool(body.private)
        try:
            sdk = body.check(services.settings.flavors)
            space = create_space(services, caller, name, owner, sdk, private, sdk_version=body.sdk_version)
        except AlreadyExists as error:
            # Clients read ``url`` of this answer when they asked with exist_ok.
            return error_response(409, str(error), url=f"{base_url(request)}/spaces/{owner}/{name}")
        return JSONResponse(
            {"url": f"{base_url(request)}/spaces/{space.full_name}", "name": space.full_name, "id": space.id}
        )

    @router.delete("/api/repos/delete")
    def delete(body: RepoName, request: Request) -> dict[str, Any]:
        caller = signed_in(request)
        if body.type != "space":
            raise BadRequest(_LATER)
        assert caller.user is not None
        owner, name = body.parts(caller.user.name)
        space, caller = request_of(services, request, owner, name, Action.WRITE)
        commands.delete(services, space, caller)
        return {}

    return router
