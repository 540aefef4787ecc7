"""Create and delete repos."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from spaceport.api.errors import error_response
from spaceport.api.finding import base_url, signed_in
from spaceport.api.first_files import FirstFile, first_operations, write_first_files
from spaceport.api.repo_info import find_by_present_name
from spaceport.api.space_config import Entry
from spaceport.api.space_hardware import volume_bytes_of
from spaceport.api.space_volumes import Volume, mounts_asked_for
from spaceport.domain.access import Action
from spaceport.domain.account import Caller
from spaceport.domain.config import check_key, check_value
from spaceport.domain.mount import Mount
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.domain.visibility import Visibility, visibility_of
from spaceport.errors import AlreadyExists, BadRequest
from spaceport.hardware_room import check_hardware
from spaceport.owner_usage import check_hardware_quota
from spaceport.removal import remove, removed_if_refused
from spaceport.repos.commits.operations import Operation
from spaceport.repos.creation import create_space, namespace_of
from spaceport.repos.duplication import duplicate
from spaceport.repos.repo_creation import create_repo
from spaceport.rollout import config_commands, hardware_commands
from spaceport.rollout.mount_commands import set_mounts
from spaceport.rollout.visit_commands import set_visibility
from spaceport.rollout.volume_commands import set_volume
from spaceport.sample_spaces import templates_of
from spaceport.services import Services
from spaceport_runner.template import load_templates, sdks_of


class RepoName(BaseModel):
    """``name`` may be ``owner/name`` too; ``type`` absent means model."""

    model_config = ConfigDict(extra="ignore")

    name: str
    organization: str | None = None
    type: str | None = None

    def kind(self) -> RepoType:
        """Raises: BadRequest."""
        try:
            return RepoType(self.type or RepoType.MODEL)
        except ValueError as error:
            raise BadRequest(f'"type" must be one of [{", ".join(RepoType)}]; given: {str(self.type)[:50]}') from error

    def parts(self, caller_name: str) -> tuple[str, str]:
        """Owner and name."""
        if not self.organization and self.name.count("/") == 1:
            owner, name = self.name.split("/")
            return owner, name
        return self.organization or caller_name, self.name


class NewRepo(RepoName):
    """Source: hub-api.md section 4. ``private`` and ``storageTier`` are what clients before 2.x send."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    visibility: str | None = None
    private: bool | None = None
    sdk: str | None = None
    sdk_version: str | None = Field(None, alias="sdkVersion")
    template: str | None = None
    hardware: str | None = None
    storage: str | None = Field(None, alias="storageTier")
    sleep_seconds: int | None = Field(None, alias="sleepTimeSeconds")
    secrets: list[Entry] = []
    variables: list[Entry] = []
    volumes: list[Volume] = []
    files: list[FirstFile] = []
    license: str | None = None

    def wanted(self) -> Visibility:
        """Raises: BadRequest."""
        return visibility_of(self.kind(), self.visibility, self.private) or Visibility.PUBLIC

    def check(self, services: Services, sdks: Sequence[str]) -> str:
        """The sdk. Raises: BadRequest for what cannot be done."""
        if self.sdk is None or self.sdk not in sdks:
            raise BadRequest(f'"sdk" must be one of [{", ".join(sdks)}]; given: {str(self.sdk)[:50]}')
        if self.volumes and self.sdk == "static":
            raise BadRequest("a static Space has no volumes: nothing runs there that could read them")
        if self.hardware is not None:
            check_hardware(services, self.hardware)
        if self.storage is not None and self.sdk != "static":
            volume_bytes_of(self.storage, services.settings.storage_tiers)
        for each in (*self.secrets, *self.variables):
            check_value(check_key(each.key), each.value)
        if {each.key for each in self.secrets} & {each.key for each in self.variables}:
            raise BadRequest("a name is that of a variable or of a secret, not of both")
        if self.secrets and self.sdk == "static":
            raise BadRequest("a static Space has no secrets: its visitors could read them")
        return self.sdk


def make_repos_router(services: Services) -> APIRouter:
    router = APIRouter()

    @router.post("/api/repos/create")
    def create(body: NewRepo, request: Request) -> Response:
        caller = signed_in(request)
        assert caller.user is not None
        owner, name = body.parts(caller.user.name)
        kind, private = body.kind(), body.wanted().is_private
        card_license = body.license if kind is not RepoType.SPACE else None
        files = first_operations(body.files, card_license, services.settings.max_file_bytes)
        try:
            if kind is not RepoType.SPACE:
                if body.volumes:
                    raise BadRequest(f"volumes are for Spaces: a {kind} does not run")
                repo = create_repo(services, caller, kind, name, owner, private)
                _fill(services, repo, caller, files)
                url = f"{base_url(request)}/{kind.prefix}{repo.full_name}"
                return JSONResponse({"url": url, "name": repo.full_name, "id": repo.id})
            mounts = _mounts(services, caller, body, owner)
            space = _create(services, caller, body, owner, name, private)
        except AlreadyExists as error:
            # Clients read ``url`` of this answer when they asked with exist_ok.
            return error_response(409, str(error), url=f"{base_url(request)}/{kind.prefix}{owner}/{name}")
        _configure(services, space, caller, body, mounts)
        _fill(services, space, caller, files)
        return JSONResponse(
            {"url": f"{base_url(request)}/spaces/{space.full_name}", "name": space.full_name, "id": space.id}
        )

    @router.delete("/api/repos/delete")
    def delete(body: RepoName, request: Request) -> dict[str, Any]:
        caller = signed_in(request)
        assert caller.user is not None
        owner, name = body.parts(caller.user.name)
        kind = body.kind()
        repo = find_by_present_name(services, caller, kind, owner, name, Action.WRITE)
        remove(services, repo, caller)
        return {}

    return router


def _fill(services: Services, repo: Repo | Space, caller: Caller, files: Sequence[Operation]) -> None:
    """A repo whose first files are refused is not made. Raises: BadRequest, InvalidCard."""
    with removed_if_refused(services, repo, caller):
        write_first_files(services, repo, caller, files)


def _mounts(services: Services, caller: Caller, body: NewRepo, owner: str) -> list[Mount]:
    """Before anything is made. Raises: as ``mounts_asked_for``."""
    if not body.volumes:
        return []
    owner_id, has_storage = namespace_of(services, caller, owner).id, body.storage is not None
    return mounts_asked_for(services, caller, owner_id, body.volumes, has_storage)


def _create(services: Services, caller: Caller, body: NewRepo, owner: str, name: str, private: bool) -> Space:
    """Of one of our templates, or with a README alone."""
    sdk = body.check(services, sdks_of(load_templates(services.settings.templates_dir)))
    if body.hardware is not None and sdk != "static":
        # Before anything is made, which would stay without what was asked for it.
        with services.database.read() as tx:
            check_hardware_quota(tx, services.settings, namespace_of(services, caller, owner).id, body.hardware)
    if not body.template:
        return create_space(services, caller, name, owner, sdk, private, sdk_version=body.sdk_version)
    with services.database.read() as tx:
        templates = {space.full_name: space for space in templates_of(tx, services)}
    if body.template not in templates:
        raise BadRequest(f'"template" must be one of [{", ".join(templates)}]; given: {body.template[:200]}')
    return duplicate(services, templates[body.template], caller, owner, name, private)


def _configure(services: Services, space: Space, caller: Caller, body: NewRepo, mounts: Sequence[Mount]) -> None:
    """Before the first push, so that the first build and start have it all."""
    if body.wanted() is Visibility.PROTECTED:
        set_visibility(services, space, caller, Visibility.PROTECTED)
    for each in body.variables:
        config_commands.set_variable(services, space, caller, each.key, each.value, each.description or "")
    for each in body.secrets:
        config_commands.set_secret(services, space, caller, each.key, each.value, each.description or "")
    if body.storage is not None and space.sdk != "static":
        set_volume(services, space, caller, volume_bytes_of(body.storage, services.settings.storage_tiers))
    if mounts:
        set_mounts(services, space, caller, mounts)
    if body.hardware is not None and space.sdk != "static":
        hardware_commands.set_hardware(services, space, caller, body.hardware, body.sleep_seconds)
    elif body.sleep_seconds is not None and space.sdk != "static":
        hardware_commands.set_sleep_time(services, space, caller, body.sleep_seconds)
