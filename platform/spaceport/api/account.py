"""Who am I."""

from typing import Any

from fastapi import APIRouter, Request

from spaceport.api.finding import signed_in
from spaceport.api.space_json import date_json


def make_account_router() -> APIRouter:
    router = APIRouter()

    @router.get("/api/whoami-v2")
    def whoami(request: Request) -> dict[str, Any]:
        """Source: hub-api.md section 3."""
        caller = signed_in(request)
        user, token = caller.user, caller.token
        assert user is not None
        answer: dict[str, Any] = {
            "type": "user",
            "id": user.id,
            "name": user.name,
            "fullname": user.name,
            "email": None,
            "emailVerified": False,
            "canPay": False,
            "isPro": False,
            "periodEnd": None,
            "avatarUrl": "",
            "orgs": [],
        }
        if token is not None:
            access_token = {"displayName": token.name, "role": token.role, "createdAt": date_json(token.created_at)}
            answer["auth"] = {"type": "access_token", "accessToken": access_token}
        return answer

    return router
