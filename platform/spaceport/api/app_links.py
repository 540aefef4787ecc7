"""Links that open a private Space's app to somebody without an account."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel

from spaceport.addresses import app_url
from spaceport.api.finding import request_of
from spaceport.api.space_json import date_json
from spaceport.domain.access import Action
from spaceport.domain.app_access import SIGN_PARAMETER
from spaceport.rollout import visit_commands
from spaceport.services import Services


class LinkWish(BaseModel):
    """How long a link is to be good."""

    seconds: int = 24 * 3600


def make_app_links_router(services: Services) -> APIRouter:
    router = APIRouter()

    @router.post("/api/spaces/{owner}/{name}/links")
    def make(owner: str, name: str, request: Request, wish: LinkWish) -> dict[str, Any]:
        space, caller = request_of(services, request, owner, name, Action.CONFIGURE)
        made, expires_at = visit_commands.make_link(services, space, caller, wish.seconds)
        url = f"{app_url(space, services.settings)}/?{SIGN_PARAMETER}={made}"
        return {"url": url, "expiresAt": date_json(expires_at)}

    @router.delete("/api/spaces/{owner}/{name}/links")
    def revoke(owner: str, name: str, request: Request) -> dict[str, Any]:
        space, caller = request_of(services, request, owner, name, Action.CONFIGURE)
        visit_commands.revoke_links(services, space, caller)
        return {"success": True}

    return router
