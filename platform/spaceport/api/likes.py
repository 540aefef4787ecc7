"""Likes of repos. Source: hub-api.md section 11.1."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from spaceport.api.finding import signed_in
from spaceport.api.paging import offset_of, page_of
from spaceport.api.repo_info import find_readable
from spaceport.api.space_json import date_json
from spaceport.domain.access import Action, can
from spaceport.domain.account import Caller, User
from spaceport.domain.like import Like
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.errors import UserNotFound
from spaceport.identity import caller_of
from spaceport.interfaces import Transaction
from spaceport.repos import likes
from spaceport.repos.finding import find_by_ids
from spaceport.services import Services

_Limit = Annotated[int, Query(ge=1, le=1000)]


def make_likes_router(services: Services) -> APIRouter:
    router = APIRouter()
    for kind in RepoType:
        _add_likes(router, services, kind)

    @router.get("/api/users/{user_name}/likes")
    def liked(user_name: str, request: Request, limit: _Limit = 500, cursor: str | None = None) -> Response:
        """Newest first; repos that the caller may not see are left out."""
        caller, offset = caller_of(request), offset_of(cursor)
        with services.database.read() as tx:
            user = tx.accounts.user_by_name(user_name)
            if user is None:
                raise UserNotFound("no such user")
            found = tx.likes.of_user(user.id, limit + 1, offset)
            rows = [_like_json(each, repo) for each, repo in liked_repos(tx, caller, found[:limit])]
        return page_of(request, rows, limit, offset, len(found))

    return router


def liked_repos(tx: Transaction, caller: Caller, likes: Sequence[Like]) -> list[tuple[Like, Space | Repo]]:
    """Without those that the caller may not see."""
    repos = find_by_ids(tx, [(each.repo_type, each.repo_id) for each in likes])
    pairs = [(each, repos.get((each.repo_type, each.repo_id))) for each in likes]
    return [(each, repo) for each, repo in pairs if repo is not None and can(caller, Action.READ, repo)]


def _add_likes(router: APIRouter, services: Services, kind: RepoType) -> None:
    path = f"/api/{kind.plural}/{{owner}}/{{name}}"

    @router.post(f"{path}/like")
    def like(owner: str, name: str, request: Request) -> dict[str, Any]:
        repo = find_readable(services, caller_of(request), kind, owner, name)
        likes.like(services, repo, signed_in(request))
        return {}

    @router.delete(f"{path}/like")
    def unlike(owner: str, name: str, request: Request) -> dict[str, Any]:
        repo = find_readable(services, caller_of(request), kind, owner, name)
        likes.unlike(services, repo, signed_in(request))
        return {}

    @router.get(f"{path}/likers")
    def likers(owner: str, name: str, request: Request, limit: _Limit = 500, cursor: str | None = None) -> Response:
        repo, offset = find_readable(services, caller_of(request), kind, owner, name), offset_of(cursor)
        with services.database.read() as tx:
            found = tx.likes.likers(repo.id, limit + 1, offset)
        return page_of(request, [_liker_json(user) for user in found[:limit]], limit, offset, len(found))


def _like_json(like: Like, repo: Space | Repo) -> dict[str, Any]:
    return {"createdAt": date_json(like.created_at), "repo": {"name": repo.full_name, "type": like.repo_type}}


def _liker_json(user: User) -> dict[str, Any]:
    return {"_id": user.id, "user": user.name, "fullname": user.fullname or user.name, "avatarUrl": "", "type": "user"}
