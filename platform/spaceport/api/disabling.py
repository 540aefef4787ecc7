"""Closing repos to everybody but admins, and opening them again: our own calls, for admins."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from spaceport.api.finding import signed_in
from spaceport.api.repo_info import find_by_present_name
from spaceport.domain.access import Action
from spaceport.domain.repo import RepoType
from spaceport.domain.space import Space
from spaceport.repos.disabling import set_disabled
from spaceport.rollout.commands import stop
from spaceport.services import Services


class Why(BaseModel):
    model_config = ConfigDict(extra="ignore")

    reason: str = Field("", max_length=500)


def make_disabling_router(services: Services) -> APIRouter:
    router = APIRouter()
    for kind in RepoType:
        _add_calls(router, services, kind)
    return router


def _add_calls(router: APIRouter, services: Services, kind: RepoType) -> None:
    base = f"/api/{kind.plural}/{{owner}}/{{name}}"

    @router.post(f"{base}/disable")
    def disable(owner: str, name: str, request: Request, body: Why | None = None) -> dict[str, Any]:
        """The app of a Space is stopped, too; an admin starts it again once it is open."""
        caller, reason = signed_in(request), body.reason if body else ""
        repo = find_by_present_name(services, caller, kind, owner, name, Action.GOVERN)
        set_disabled(services, repo, caller, True, reason)
        if isinstance(repo, Space):
            stop(services, repo, caller, reason or "the repo was closed")
        return {"disabled": True}

    @router.post(f"{base}/enable")
    def enable(owner: str, name: str, request: Request) -> dict[str, Any]:
        caller = signed_in(request)
        repo = find_by_present_name(services, caller, kind, owner, name, Action.GOVERN)
        set_disabled(services, repo, caller, False)
        return {"disabled": False}
