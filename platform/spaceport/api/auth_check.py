"""Whether one may read the files of a repo, or write to it."""

from typing import Any

from fastapi import APIRouter, Request

from spaceport.api.repo_info import find_readable
from spaceport.domain.access import Action, require
from spaceport.domain.repo import RepoType
from spaceport.identity import caller_of
from spaceport.services import Services


def make_auth_check_router(services: Services) -> APIRouter:
    router = APIRouter()
    for kind in RepoType:
        _add_auth_check(router, services, kind)
    return router


def _add_auth_check(router: APIRouter, services: Services, kind: RepoType) -> None:
    base = f"/api/{kind.plural}/{{owner}}/{{name}}/auth-check"

    @router.get(base)
    def may_fetch(owner: str, name: str, request: Request) -> dict[str, Any]:
        """Of a gated repo: whether the caller was let in."""
        _check(services, request, kind, owner, name, Action.FETCH)
        return {}

    @router.get(f"{base}/write")
    def may_write(owner: str, name: str, request: Request) -> dict[str, Any]:
        _check(services, request, kind, owner, name, Action.WRITE)
        return {}


def _check(services: Services, request: Request, kind: RepoType, owner: str, name: str, action: Action) -> None:
    """Raises: as ``require``, and SpaceMoved."""
    caller = caller_of(request)
    require(caller, action, find_readable(services, caller, kind, owner, name))
