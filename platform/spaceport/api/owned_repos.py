"""All repos of a person or an organization, with what they take. Source: hub-api.md section 4."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from spaceport.api.finding import signed_in_fully
from spaceport.api.paging import offset_of, page_of
from spaceport.api.space_json import date_json
from spaceport.domain.account import Caller
from spaceport.domain.usage import RepoUsage
from spaceport.errors import AccessDenied
from spaceport.organizations import find_organization
from spaceport.services import Services

_Limit = Annotated[int, Query(ge=1, le=1000)]


def make_owned_repos_router(services: Services) -> APIRouter:
    router = APIRouter()

    def answer(request: Request, caller: Caller, owner_id: str, limit: int, cursor: str | None) -> Response:
        offset = offset_of(cursor)
        with services.database.read() as tx:
            found = tx.listings.usage_of(owner_id, caller, limit + 1, offset)
            total_bytes = tx.listings.used_bytes_of(owner_id, caller)
        return page_of(request, [_usage_json(each, total_bytes) for each in found[:limit]], limit, offset, len(found))

    @router.get("/api/settings/repositories")
    def own(request: Request, limit: _Limit = 500, cursor: str | None = None) -> Response:
        """Largest first."""
        caller = signed_in_fully(request)
        assert caller.user is not None
        return answer(request, caller, caller.user.id, limit, cursor)

    @router.get("/api/organizations/{name}/settings/repositories")
    def of_organization(name: str, request: Request, limit: _Limit = 500, cursor: str | None = None) -> Response:
        """For its members, who may see all of them."""
        caller = signed_in_fully(request)
        assert caller.user is not None
        with services.database.read() as tx:
            org = find_organization(tx, name)
        if org.id not in caller.roles and not caller.user.is_admin:
            raise AccessDenied(f"only members of {org.name} see all its repos")
        return answer(request, caller, org.id, limit, cursor)

    return router


def _usage_json(usage: RepoUsage, total_bytes: int) -> dict[str, Any]:
    """``storagePercent`` is of what all repos of the owner take."""
    return {
        "id": usage.full_name,
        "type": str(usage.type),
        "updatedAt": date_json(usage.modified_at),
        "visibility": str(usage.visibility),
        "storage": usage.used_bytes,
        "storagePercent": round(100 * usage.used_bytes / total_bytes, 2) if total_bytes else 0,
    }
