"""Who may use LFS of a repo: the rights of git, answered in LFS's own words."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from spaceport.domain.access import Action
from spaceport.domain.account import Caller
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Space
from spaceport.errors import NotAuthenticated, SpaceMoved
from spaceport.identity import caller_from_header
from spaceport.renames import new_location
from spaceport.repos.discussions.finding import can_propose
from spaceport.repos.http import Refusal, decide, find_for_git
from spaceport.repos.refs import HEADS
from spaceport.services import Services

MEDIA_TYPE = "application/vnd.git-lfs+json"


def lfs_json(content: Any, status: int = 200) -> Response:
    return JSONResponse(content, status, media_type=MEDIA_TYPE)


def lfs_error(status: int, message: str, code: str | None = None) -> Response:
    """git-lfs reads ``message``, the Hub's Python client ``error``."""
    response = JSONResponse({"message": message, "error": message}, status, media_type=MEDIA_TYPE)
    response.headers["X-Error-Message"] = message.encode("ascii", "replace").decode()
    if code:
        response.headers["X-Error-Code"] = code
    if status == 401:
        # Source: git-lfs docs/api/batch.md, 401: credentials are asked for in git's own way.
        response.headers["LFS-Authenticate"] = response.headers["WWW-Authenticate"] = 'Basic realm="Spaceport"'
    return response


def open_repo(
    services: Services, request: Request, kind: RepoType, owner: str, name: str, operation: str, ref: str = ""
) -> tuple[Space | Repo, Caller] | Response:
    """
    The repo and who asks, or the answer that says no: the same for what is private and what is absent.

    Files for a pull request may be sent by whoever may open one: they are collected if no commit ever names them.
    Python clients name the branch that the request is for, without ``refs/heads/``.
    """
    try:
        caller = caller_from_header(services, request.headers.get("authorization"))
    except NotAuthenticated:
        return lfs_error(401, "the password is not a valid access token")
    with services.database.read() as tx:
        try:
            repo = find_for_git(tx, caller, kind, owner, name.removesuffix(".git"))
        except SpaceMoved as moved:
            return RedirectResponse(new_location(request, moved), 307)
    action = Action.WRITE if operation == "upload" else Action.FETCH
    refusal = decide(caller, repo, action)
    if refusal is not None and repo is not None and operation == "upload" and not ref.startswith(HEADS):
        refusal = None if can_propose(caller, repo) else refusal
    if refusal is not None or repo is None:
        refusal = refusal or Refusal(404, "Repository not found")
        return lfs_error(refusal.status, refusal.text.strip(), refusal.code)
    return repo, caller
