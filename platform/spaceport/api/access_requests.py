"""Gated repos: who asks, who is let in. Source: hub-api.md section 11.4."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, RedirectResponse, Response

from spaceport.api.finding import signed_in
from spaceport.api.paging import offset_of, page_of
from spaceport.api.repo_info import find_readable
from spaceport.api.space_json import date_json
from spaceport.domain.access_request import AccessRequest, RequestStatus
from spaceport.domain.account import User
from spaceport.domain.repo import RepoType
from spaceport.identity import caller_of
from spaceport.repos import gating
from spaceport.services import Services


class Handling(BaseModel):
    model_config = ConfigDict(extra="ignore")

    status: RequestStatus
    user: str | None = None
    request_id: str | None = Field(None, alias="requestId")
    rejection_reason: str | None = Field(None, alias="rejectionReason")


class Grant(BaseModel):
    model_config = ConfigDict(extra="ignore")

    user: str


def make_access_requests_router(services: Services) -> APIRouter:
    router = APIRouter()
    for kind in RepoType:
        _add_requests(router, services, kind)
        _add_asking(router, services, kind)
    return router


def _add_requests(router: APIRouter, services: Services, kind: RepoType) -> None:
    base = f"/api/{kind.plural}/{{owner}}/{{name}}/user-access-request"

    @router.get(f"{base}/{{status}}")
    def listed(
        owner: str,
        name: str,
        status: RequestStatus,
        request: Request,
        limit: Annotated[int, Query(ge=1, le=1000)] = 500,
        cursor: str | None = None,
    ) -> Response:
        caller, offset = caller_of(request), offset_of(cursor)
        repo = find_readable(services, caller, kind, owner, name)
        gating.require_handler(repo, caller)
        with services.database.read() as tx:
            found = tx.access_requests.of_repo(repo.id, status, limit + 1, offset)
            pairs = [(each, tx.accounts.user(each.user_id)) for each in found[:limit]]
        rows = [_request_json(each, user) for each, user in pairs if user is not None]
        return page_of(request, rows, limit, offset, len(found))

    @router.post(f"{base}/handle")
    def handle(owner: str, name: str, body: Handling, request: Request) -> dict[str, Any]:
        caller = signed_in(request)
        repo = find_readable(services, caller, kind, owner, name)
        gating.handle(services, repo, caller, body.status, body.user, body.request_id, body.rejection_reason)
        return {}

    @router.post(f"{base}/grant")
    def grant(owner: str, name: str, body: Grant, request: Request) -> dict[str, Any]:
        caller = signed_in(request)
        repo = find_readable(services, caller, kind, owner, name)
        return {"requestId": gating.grant(services, repo, caller, body.user).id}


def _add_asking(router: APIRouter, services: Services, kind: RepoType) -> None:
    @router.post(f"/{kind.prefix}{{owner}}/{{name}}/ask-access")
    def ask(owner: str, name: str, answers: Annotated[dict[str, str], Depends(_answers)], request: Request) -> Response:
        """A form of the web: a browser goes back to the repo, others get the state of the request."""
        caller = signed_in(request)
        repo = find_readable(services, caller, kind, owner, name)
        asked = gating.ask_access(services, repo, caller, answers)
        if "text/html" in request.headers.get("accept", ""):
            return RedirectResponse(f"/{kind.prefix}{repo.full_name}", 303)
        return JSONResponse({"requestId": asked.id, "status": asked.status})


async def _answers(request: Request) -> dict[str, str]:
    """By the labels of ``extra_gated_fields``."""
    async with request.form(max_files=0) as form:
        return {label: answer for label, answer in form.items() if isinstance(answer, str)}


def _request_json(asked: AccessRequest, user: User) -> dict[str, Any]:
    person: dict[str, Any] = {"user": user.name, "fullname": user.fullname or user.name}
    if not asked.granted:
        # Whoever asks agrees to show it; who was let in without asking did not.
        person["email"] = user.email
    answer: dict[str, Any] = {
        "requestId": asked.id,
        "user": person,
        "status": asked.status,
        "timestamp": date_json(asked.created_at),
    }
    return answer | ({"fields": asked.fields} if asked.fields else {})
