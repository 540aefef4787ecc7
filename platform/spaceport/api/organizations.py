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
from spaceport.callers import caller_for
from spaceport.domain.account import Caller, User
from spaceport.identity import caller_of
from spaceport.interfaces import Transaction
from spaceport.organizations import (
    create_organization,
    find_organization,
    put_member,
    remove_member,
    require_founder,
    require_governor,
)
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
        founder = require_founder(signed_in(request))
        most = 0 if founder.is_admin else services.settings.max_organizations_per_user
        return org_json(create_organization(services, body.name, founder, body.fullname, most))

    @router.post("/{name}/members")
    def put(name: str, body: Member, request: Request) -> dict[str, Any]:
        """Add a member, or give another role."""
        caller = signed_in(request)
        with services.database.begin() as tx:
            org = find_organization(tx, name)
            _require_governor_now(tx, caller, org)
            put_member(services, tx, org, body.user, body.role)
        return {"user": body.user, "role": body.role}

    @router.delete("/{name}/members/{user}")
    def remove(name: str, user: str, request: Request) -> dict[str, Any]:
        """Everybody may leave; who else goes, the admins say."""
        caller = signed_in(request)
        assert caller.user is not None
        with services.database.begin() as tx:
            org = find_organization(tx, name)
            if user.lower() != caller.user.name.lower() or not caller.may_write_anything:
                _require_governor_now(tx, caller, org)
            remove_member(tx, org, user)
        return {"success": True}


def _require_governor_now(tx: Transaction, caller: Caller, org: User) -> None:
    """Somebody else may have taken the right away since the request came in. Raises: as ``require_governor``."""
    assert caller.user is not None
    require_governor(caller_for(tx, caller.user, caller.token), org)
