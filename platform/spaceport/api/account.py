"""Who am I, and who are the others. Source: hub-api.md sections 3 and 11.1."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from spaceport.api.account_json import person_json, user_overview_json, whoami_json
from spaceport.api.finding import signed_in
from spaceport.api.likes import liked_repos
from spaceport.api.paging import offset_of, page_of
from spaceport.domain.account import AccessToken, User
from spaceport.identity import caller_of
from spaceport.interfaces import Transaction
from spaceport.organizations import find_person
from spaceport.services import Services

#: Likes that are looked at for a number.
_MAX_LIKES = 1000


def make_account_router(services: Services) -> APIRouter:
    router = APIRouter()

    @router.get("/api/whoami-v2")
    def whoami(request: Request) -> dict[str, Any]:
        caller = signed_in(request)
        assert caller.user is not None
        with services.database.read() as tx:
            hides = _without_email if not _tells_email(tx, caller.token) else _as_is
            orgs = [(hides(org), caller.roles[org.id]) for org in _orgs(tx, caller.roles)]
        return whoami_json(hides(caller.user), caller.token, orgs)

    @router.get("/api/users/{name}/overview")
    def overview(name: str, request: Request) -> dict[str, Any]:
        """Numbers of repos that the caller may see."""
        caller = caller_of(request)
        with services.database.read() as tx:
            user = find_person(tx, name)
            orgs = _orgs(tx, [each.org_id for each in tx.accounts.memberships_of(user.id)])
            likes = len(liked_repos(tx, caller, tx.likes.of_user(user.id, _MAX_LIKES)))
            discussions = tx.discussions.number_of(user.id, caller)
            return user_overview_json(user, orgs, tx.accounts.numbers_of_repos(user.id, caller), likes, discussions)

    @router.get("/api/users/{name}/followers")
    @router.get("/api/users/{name}/following")
    def nobody(name: str, request: Request) -> list[Any]:
        """People do not follow each other here."""
        caller_of(request)
        with services.database.read() as tx:
            find_person(tx, name)
        return []

    return router


def member_page(tx: Transaction, request: Request, org: User, limit: int, cursor: str | None) -> Response:
    """Members, those who came first before the others."""
    offset = offset_of(cursor)
    found = tx.accounts.members(org.id)[offset : offset + limit + 1]
    people = [(tx.accounts.user(each.user_id), each) for each in found[:limit]]
    rows = [person_json(user) | {"role": each.role} for user, each in people if user is not None]
    return page_of(request, rows, limit, offset, len(found))


def _orgs(tx: Transaction, org_ids: Iterable[str]) -> list[User]:
    found = [tx.accounts.user(org_id) for org_id in org_ids]
    return sorted((org for org in found if org is not None), key=lambda org: org.name.lower())


def _tells_email(tx: Transaction, token: AccessToken | None) -> bool:
    """An app that signed somebody in learns the address only where they agreed to it."""
    if token is None or token.oauth_session_id is None:
        return True
    session = tx.sign_ins.session(token.oauth_session_id)
    return session is not None and "email" in session.scopes


def _without_email(user: User) -> User:
    return replace(user, email=None)


def _as_is(user: User) -> User:
    return user
