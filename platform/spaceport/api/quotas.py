"""Ours, for admins: how much one owner may have."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from spaceport.api.finding import signed_in
from spaceport.domain.quota import KINDS
from spaceport.quota_commands import OwnerQuota, quota_of, set_quota
from spaceport.services import Services

_Count = Annotated[int | None, Field(ge=-1, le=10**9)]
_Bytes = Annotated[int | None, Field(ge=-1, le=10**15)]


class QuotaChange(BaseModel):
    """What is left out stays; -1 is no limit, null as everybody."""

    model_config = ConfigDict(extra="forbid")

    spaces: _Count = None
    running: _Count = None
    memoryBytes: _Bytes = None
    cpus: Annotated[float | None, Field(ge=-1, le=10**9)] = None
    gpus: _Count = None
    storageBytes: _Bytes = None


def make_quotas_router(services: Services) -> APIRouter:
    router = APIRouter()

    @router.get("/api/admin/quotas/{owner}")
    def quota(owner: str, request: Request) -> dict[str, Any]:
        return _quota_json(quota_of(services, signed_in(request), owner))

    @router.post("/api/admin/quotas/{owner}")
    def change_quota(owner: str, request: Request, body: QuotaChange) -> dict[str, Any]:
        caller = signed_in(request)
        asked = body.model_dump(exclude_unset=True)
        set_quota(services, caller, owner, {kind: asked[_key(kind)] for kind in KINDS if _key(kind) in asked})
        return _quota_json(quota_of(services, caller, owner))

    return router


def _quota_json(found: OwnerQuota) -> dict[str, Any]:
    values = {
        _key(kind): {"used": found.taken(kind), "allowed": found.allowed(kind), "own": found.own(kind)}
        for kind in KINDS
    }
    quota = found.quota
    changed = {"changedBy": quota.changed_by, "changedAt": quota.changed_at.isoformat()} if quota is not None else {}
    return {"owner": found.owner.name, **values, **changed}


def _key(kind: str) -> str:
    """``memory_bytes`` as ``memoryBytes``."""
    first, *rest = kind.split("_")
    return first + "".join(word.title() for word in rest)
