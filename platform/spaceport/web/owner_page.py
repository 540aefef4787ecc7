"""The page of a person or an organization: who is in it, and the repos that the visitor may see."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from spaceport.domain.access import can_govern
from spaceport.domain.account import AccountKind, Caller, OrgRole, User
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.repo_query import RepoQuery, Sort
from spaceport.domain.space import Space
from spaceport.errors import BadRequest, Conflict, UserNotFound
from spaceport.interfaces import Transaction
from spaceport.organizations import set_member, take_out
from spaceport.profiles import change_organization_profile
from spaceport.repos.likes import liked_of
from spaceport.web.context import Web
from spaceport.web.forms import check_form, leads_to
from spaceport.web.looks import colors_for, pinned_first
from spaceport.web.visitor import Visitor, visitor_of

#: Of each type; the lists have the rest.
_REPOS = 12
#: People of an organization that are shown.
_PEOPLE = 500

Text = Annotated[str, Form()]


@dataclass(frozen=True)
class Person:
    """A member of the organization, or an organization that a person is in."""

    user: User
    role: OrgRole


@dataclass(frozen=True)
class Shelf:
    """The newest repos of one type, and how many there are."""

    kind: RepoType
    repos: list[Space | Repo]
    number: int


def make_router(web: Web) -> APIRouter:
    router = web.new_router()
    _add_members(router, web)
    _add_profile(router, web)
    _add_page(router, web)
    return router


def _add_page(router: APIRouter, web: Web) -> None:
    @router.get("/{owner}", include_in_schema=False)
    def page(request: Request, owner: str) -> Response:
        return show(web, request, visitor_of(request), owner)


def _add_members(router: APIRouter, web: Web) -> None:
    base = "/organizations/{name}/members"

    @router.post(base, include_in_schema=False)
    def put(request: Request, name: str, csrf: Text = "", user: Text = "", role: Text = "read") -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        try:
            org = set_member(web.services, visitor.caller, name, user.strip(), role)
        except (BadRequest, Conflict, UserNotFound) as error:
            return show(web, request, visitor, name, str(error))
        return leads_to(f"/{org.name}", "member-set", "people")

    @router.post(f"{base}/{{user}}/remove", include_in_schema=False)
    def remove(request: Request, name: str, user: str, csrf: Text = "") -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        try:
            org = take_out(web.services, visitor.caller, name, user)
        except (Conflict, UserNotFound) as error:
            return show(web, request, visitor, name, str(error))
        return leads_to(f"/{org.name}", "member-gone", "people")


def _add_profile(router: APIRouter, web: Web) -> None:
    """Of an organization; people have a page of settings."""

    @router.post("/organizations/{name}/profile", include_in_schema=False)
    def change(
        request: Request, name: str, csrf: Text = "", fullname: Text = "", bio: Text = "", website: Text = ""
    ) -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        try:
            org = change_organization_profile(web.services, visitor.caller, name, fullname, bio, website)
        except BadRequest as error:
            typed = {"fullname": fullname, "bio": bio, "website": website, "problem": str(error)}
            return show(web, request, visitor, name, typed=typed)
        return leads_to(f"/{org.name}", "profile-saved")


def show(
    web: Web, request: Request, visitor: Visitor, name: str, problem: str = "", typed: dict[str, str] | None = None
) -> Response:
    """``typed`` is what the form of the profile could not take. Raises: UserNotFound."""
    with web.services.database.read() as tx:
        owner = tx.accounts.user_by_name(name)
        if owner is None:
            raise UserNotFound(f"nobody is called {name[:96]!r}")
        numbers = tx.accounts.numbers_of_repos(owner.id, visitor.caller)
        shelves = [Shelf(kind, _newest(tx, visitor.caller, kind, owner), numbers[kind]) for kind in RepoType]
        liked = liked_of(tx, visitor.caller, [repo for shelf in shelves for repo in shelf.repos])
        people = _members(tx, owner) if owner.kind is AccountKind.ORGANIZATION else _organizations(tx, owner)
    return web.renderer.page(
        request,
        visitor,
        "owner.html",
        status=400 if problem or typed else 200,
        owner=owner,
        is_organization=owner.kind is AccountKind.ORGANIZATION,
        people=people,
        shelves=shelves,
        liked=liked,
        roles=list(OrgRole),
        may_govern=owner.kind is AccountKind.ORGANIZATION and can_govern(visitor.caller, owner.id),
        problem=problem,
        fields=typed or {"fullname": owner.fullname, "bio": owner.bio, "website": owner.website, "problem": ""},
        colors=colors_for(owner.id),
    )


def _newest(tx: Transaction, caller: Caller, kind: RepoType, owner: User) -> list[Space | Repo]:
    return pinned_first(tx.listings.page(RepoQuery(kind, author=owner.name, sort=Sort.MODIFIED, limit=_REPOS), caller))


def _members(tx: Transaction, org: User) -> list[Person]:
    members = tx.accounts.members(org.id)[:_PEOPLE]
    users = tx.accounts.users_by_ids({each.user_id for each in members})
    return [Person(users[each.user_id], each.role) for each in members if each.user_id in users]


def _organizations(tx: Transaction, person: User) -> list[Person]:
    memberships = tx.accounts.memberships_of(person.id)
    orgs = tx.accounts.users_by_ids({each.org_id for each in memberships})
    return [Person(orgs[each.org_id], each.role) for each in memberships if each.org_id in orgs]
