"""Tokens for Xet: to send large files of a repo, or to read them. Source: hub-api.md section 7.4."""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from spaceport.api.finding import base_url
from spaceport.api.repo_info import find_readable
from spaceport.domain.access import Action, can, require
from spaceport.domain.account import Caller
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.hub_path import whole_revision
from spaceport.identity import caller_of
from spaceport.repos.discussions.finding import require_discussions
from spaceport.repos.discussions.rights import find_pull_request, is_own
from spaceport.repos.disk_room import check_room
from spaceport.repos.xet.cas import CAS_PATH
from spaceport.repos.xet.generation import current_generation
from spaceport.repos.xet.library import xet_folder
from spaceport.repos.xet.token import LIFETIME_SECONDS, Right, XetToken, seal
from spaceport.services import Services


def make_xet_tokens_router(services: Services) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    for kind in RepoType:
        _add_routes(router, services, kind)
    return router


def _add_routes(router: APIRouter, services: Services, kind: RepoType) -> None:
    base = f"/api/{kind.plural}/{{owner}}/{{name}}"

    @router.get(f"{base}/xet-write-token/{{rest:path}}")
    def write_token(owner: str, name: str, rest: str, request: Request, create_pr: bool = False) -> Response:
        """With ``create_pr`` the revision is the word ``None``."""
        caller = caller_of(request)
        repo = find_readable(services, caller, kind, owner, name)
        revision = whole_revision(request, "xet-write-token")
        # Later the client shows nobody why.
        check_room(services.settings, services.objects.staging)
        _require_upload(caller, repo, create_pr or _is_own_pull_request(services, caller, repo, revision))
        return _answer(services, request, repo, Right.WRITE)

    @router.get(f"{base}/xet-read-token/{{rest:path}}")
    def read_token(owner: str, name: str, rest: str, request: Request) -> Response:
        caller = caller_of(request)
        repo = find_readable(services, caller, kind, owner, name)
        require(caller, Action.FETCH, repo)
        return _answer(services, request, repo, Right.READ)


def _is_own_pull_request(services: Services, caller: Caller, repo: Space | Repo, revision: str) -> bool:
    with services.database.read() as tx:
        return is_own(find_pull_request(tx, repo, revision), caller)


def _require_upload(caller: Caller, repo: Space | Repo, is_for_pull_request: bool) -> None:
    """
    Files for a new pull request may be sent by whoever may open one, those for one that is there by its author: they
    are collected, if no commit ever names them.

    Raises: SpaceNotFound, NotAuthenticated, AccessDenied.
    """
    if is_for_pull_request and not can(caller, Action.WRITE, repo):
        require_discussions(caller, repo, Action.DISCUSS)
    else:
        require(caller, Action.WRITE, repo)


def _answer(services: Services, request: Request, repo: Space | Repo, right: Right) -> Response:
    """Twice: the Rust side of the client reads the JSON, the Python side the headers."""
    expires_at = int(services.clock.now().timestamp()) + LIFETIME_SECONDS
    user = caller_of(request).user
    token = seal(XetToken(repo.id, right, expires_at, user.id if user else ""), services.internal_secret)
    url = f"{base_url(request)}{CAS_PATH}/{current_generation(xet_folder(services))}"
    headers = {"X-Xet-Access-Token": token, "X-Xet-Token-Expiration": str(expires_at), "X-Xet-Cas-Url": url}
    content = {"accessToken": token, "exp": expires_at, "casUrl": url}
    return JSONResponse(content, headers=headers | {"Cache-Control": "no-store"})
