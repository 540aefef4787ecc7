"""Repos that a Space mounts, over the API. Source: hub-api.md section 10.1, huggingface_hub ``set_space_volumes``."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from spaceport.api.finding import request_of
from spaceport.api.space_json import runtime_answer
from spaceport.domain.access import Action
from spaceport.domain.account import Caller
from spaceport.domain.mount import Mount, check_mounts, wanted_mount
from spaceport.repos.mounting import mountable
from spaceport.rollout.config_change import check_runs
from spaceport.rollout.mount_commands import remove_mounts, set_mounts
from spaceport.services import Services


class Volume(BaseModel):
    """Nothing but ``source`` and ``mountPath`` must be said."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    type: str = "model"
    source: str
    mount_path: str = Field(alias="mountPath")
    revision: str | None = None
    read_only: bool | None = Field(None, alias="readOnly")
    path: str | None = None


class Volumes(BaseModel):
    model_config = ConfigDict(extra="ignore")

    volumes: list[Volume] = []


def make_volumes_router(services: Services) -> APIRouter:
    router = APIRouter()

    @router.put("/api/spaces/{owner}/{name}/volumes")
    def put_volumes(body: Volumes, owner: str, name: str, request: Request) -> dict[str, Any]:
        """In the place of all that there were."""
        space, caller = request_of(services, request, owner, name, Action.CONFIGURE)
        check_runs(space, "volumes")
        set_mounts(services, space, caller, mounts_asked_for(services, caller, space.owner_id, body.volumes))
        return runtime_answer(services, space, caller)

    @router.delete("/api/spaces/{owner}/{name}/volumes")
    def delete_volumes(owner: str, name: str, request: Request) -> dict[str, Any]:
        space, caller = request_of(services, request, owner, name, Action.CONFIGURE)
        remove_mounts(services, space, caller)
        return runtime_answer(services, space, caller)

    return router


def mounts_asked_for(
    services: Services, caller: Caller, owner_id: str, volumes: Sequence[Volume], has_storage: bool = False
) -> list[Mount]:
    """
    For a Space of this owner, checked as far as they can be without it.

    Raises: BadRequest, NotSupported for buckets, AccessDenied for a gated repo.
    """
    wanted = [
        wanted_mount(each.type, each.source, each.mount_path, each.revision, each.path, each.read_only)
        for each in volumes
    ]
    check_mounts(wanted, has_storage)
    return mountable(services, caller, owner_id, wanted)
