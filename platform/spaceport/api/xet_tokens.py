"""Tokens for Xet: to send large files of a repo, or to read them. Source: hub-api.md section 7.4."""

from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, Response

from spaceport.api.finding import base_url
from spaceport.api.repo_info import find_readable
from spaceport.domain.access import Action, can, require
from spaceport.domain.account import Caller
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.hub_path import whole_revision
from spaceport.identity import asker_of, caller_of
from spaceport.repos.commits.rights import require_upload
from spaceport.repos.discussions.rights import find_pull_request, is_own
from spaceport.repos.disk_room import check_room
from spaceport.repos.downloads import Downloads
from spaceport.repos.finding import folder_of
from spaceport.repos.revisions import resolve_revision
from spaceport.repos.xet.cas import CAS_PATH
from spaceport.repos.xet.generation import current_generation
from spaceport.repos.xet.library import xet_folder
from spaceport.repos.xet.token import LIFETIME_SECONDS, Right, XetToken, seal
from spaceport.services import Services


def make_xet_tokens_router(services: Services, downloads: Downloads) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    for kind in RepoType:
        _add_write_token(router, services, kind)
        _add_read_token(router, services, kind, downloads)
    return router


def _add_write_token(router: APIRouter, services: Services, kind: RepoType) -> None:
    base = f"/api/{kind.plural}/{{owner}}/{{name}}"

    @router.get(f"{base}/xet-write-token/{{rest:path}}")
    def write_token(owner: str, name: str, rest: str, request: Request, create_pr: bool = False) -> Response:
        """With ``create_pr`` the revision is the word ``None``."""
        caller = caller_of(request)
        repo = find_readable(services, caller, kind, owner, name)
        revision = whole_revision(request, "xet-write-token")
        # Later the client shows nobody why.
        check_room(services.settings, services.objects.staging)
        require_upload(caller, repo, create_pr or _is_own_pull_request(services, caller, repo, revision))
        return _answer(services, request, repo, Right.WRITE)


def _add_read_token(router: APIRouter, services: Services, kind: RepoType, downloads: Downloads) -> None:
    @router.get(f"/api/{kind.plural}/{{owner}}/{{name}}/xet-read-token/{{rest:path}}")
    def read_token(owner: str, name: str, rest: str, request: Request) -> Response:
        """Where a download in chunks begins, so that it is counted here."""
        caller = caller_of(request)
        repo = find_readable(services, caller, kind, owner, name)
        require(caller, Action.FETCH, repo)
        sha = resolve_revision(folder_of(services, repo), whole_revision(request, "xet-read-token"))
        response = _answer(services, request, repo, Right.READ)
        if request.headers.get("x-hf-download-counter") == "1":
            response.background = BackgroundTask(downloads.count, repo, sha, asker_of(request))
        return response


def _is_own_pull_request(services: Services, caller: Caller, repo: Space | Repo, revision: str) -> bool:
    with services.database.read() as tx:
        return is_own(find_pull_request(tx, repo, revision), caller)


def _answer(services: Services, request: Request, repo: Space | Repo, right: Right) -> Response:
    """Twice: the Rust side of the client reads the JSON, the Python side the headers."""
    expires_at = int(services.clock.now().timestamp()) + LIFETIME_SECONDS
    caller = caller_of(request)
    user_id, is_guest = caller.user.id if caller.user else "", not can(caller, Action.WRITE, repo)
    token = seal(XetToken(repo.id, right, expires_at, user_id, is_guest), services.internal_secret)
    url = f"{base_url(request)}{CAS_PATH}/{current_generation(xet_folder(services))}"
    headers = {"X-Xet-Access-Token": token, "X-Xet-Token-Expiration": str(expires_at), "X-Xet-Cas-Url": url}
    content = {"accessToken": token, "exp": expires_at, "casUrl": url}
    return JSONResponse(content, headers=headers | {"Cache-Control": "no-store"})
