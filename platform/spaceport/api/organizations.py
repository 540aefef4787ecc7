"""
Organizations and their members.

Overview and members are the Hub's calls (hub-api.md section 11.1); what changes something is our own, because clients
of the Hub have no calls for it.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from spaceport.api.account import member_page
from spaceport.api.account_json import org_json, org_overview_json
from spaceport.api.finding import signed_in
from spaceport.identity import caller_of
from spaceport.organizations import find_organization, found_organization, set_member, take_out
from spaceport.services import Services


class NewOrganization(BaseModel):
    model_config = ConfigDict(extra="ignore")

    name: str
    fullname: str = ""


class Member(BaseModel):
    model_config = ConfigDict(extra="ignore")

    user: str
    role: str = "read"


def make_organizations_router(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api/organizations")
    _add_reading(router, services)
    _add_changes(router, services)
    return router


def _add_reading(router: APIRouter, services: Services) -> None:
    @router.get("/{name}/overview")
    def overview(name: str, request: Request) -> dict[str, Any]:
        """Numbers of repos that the caller may see."""
        caller = caller_of(request)
        with services.database.read() as tx:
            org = find_organization(tx, name)
            repos = tx.accounts.numbers_of_repos(org.id, caller)
            return org_overview_json(org, len(tx.accounts.members(org.id)), repos, org.id in caller.roles)

    @router.get("/{name}/members")
    def members(
        name: str,
        request: Request,
        limit: Annotated[int, Query(ge=1, le=1000)] = 500,
        cursor: str | None = None,
    ) -> Response:
        caller_of(request)
        with services.database.read() as tx:
            return member_page(tx, request, find_organization(tx, name), limit, cursor)

    @router.get("/{name}/followers")
    def followers(name: str, request: Request) -> list[Any]:
        """Nobody follows anybody here."""
        caller_of(request)
        with services.database.read() as tx:
            find_organization(tx, name)
        return []


def _add_changes(router: APIRouter, services: Services) -> None:
    @router.post("")
    def create(body: NewOrganization, request: Request) -> dict[str, Any]:
        """The caller is its first admin."""
        return org_json(found_organization(services, signed_in(request), body.name, body.fullname))

    @router.post("/{name}/members")
    def put(name: str, body: Member, request: Request) -> dict[str, Any]:
        """Add a member, or give another role."""
        set_member(services, signed_in(request), name, body.user, body.role)
        return {"user": body.user, "role": body.role}

    @router.delete("/{name}/members/{user}")
    def remove(name: str, user: str, request: Request) -> dict[str, Any]:
        """Everybody may leave; who else goes, the admins say."""
        take_out(services, signed_in(request), name, user)
        return {"success": True}
