"""From an error to an answer: one table, used by everything that is not a page."""

import json
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from spaceport import errors
from spaceport.renames import new_location

log = structlog.get_logger()

#: Status and X-Error-Code of each class; subclasses stand before their parents. The codes are read by huggingface_hub
#: (``utils/_http.py``) and may not be renamed. Source: hub-api.md section 2.5.
ERROR_TABLE: tuple[tuple[type[errors.SpaceportError], int, str | None], ...] = (
    (errors.SettingsError, 500, None),
    (errors.InvalidName, 400, None),
    (errors.InvalidCard, 400, None),
    (errors.NotAuthenticated, 401, None),
    (errors.GatedRepo, 403, "GatedRepo"),
    (errors.AccessDenied, 403, None),
    # No code: huggingface_hub knows it by its exact words.
    (errors.RepoDisabled, 403, None),
    (errors.SpaceMoved, 307, None),
    (errors.SpaceNotFound, 404, "RepoNotFound"),
    (errors.RevisionNotFound, 404, "RevisionNotFound"),
    (errors.EntryNotFound, 404, "EntryNotFound"),
    (errors.UserNotFound, 404, None),
    (errors.BuildNotFound, 404, None),
    (errors.NotFound, 404, None),
    (errors.AlreadyExists, 409, None),
    (errors.MergeConflict, 409, None),
    (errors.Conflict, 409, None),
    (errors.BranchMoved, 412, None),
    (errors.OAuthError, 400, None),
    # 422 is what tests of huggingface_hub expect.
    (errors.BadPath, 422, None),
    (errors.BadRequest, 400, None),
    (errors.TooManyAttempts, 429, None),
    (errors.NotSupported, 501, None),
    (errors.Unavailable, 503, None),
    (errors.NoRoom, 507, None),
    (errors.SpaceportError, 500, None),
)
REPO_NOT_FOUND = "Repository not found"
#: What an anonymous caller reads in place of "not found"; clients look for these words.
_SIGN_IN = "Invalid username or password."
_RETRY_AFTER_SECONDS = {429: "60", 503: "2"}


class ErrorAnswer(BaseModel):
    """What clients read of an error; some have more beside it."""

    error: str


#: For the document of the API: every route may answer so, whatever it is asked.
ERROR_RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": ErrorAnswer, "description": "Why not; X-Error-Message repeats it, X-Error-Code is for programs"},
    "5XX": {"model": ErrorAnswer, "description": "Not possible here (501), or not now (503)"},
}


class _ErrorResponse(JSONResponse):
    """Errors repeat what was given, and what came in as JSON may hold lone surrogates, which are no UTF-8."""

    def render(self, content: object) -> bytes:
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def error_response(status: int, message: str, code: str | None = None, **more: object) -> JSONResponse:
    """An error in the form of the Hub: the text in the body and, on one Latin-1 line, in a header."""
    headers = {"X-Error-Message": _one_line(message)}
    if code:
        headers["X-Error-Code"] = code
    if status in _RETRY_AFTER_SECONDS:
        headers["Retry-After"] = _RETRY_AFTER_SECONDS[status]
    return _ErrorResponse({"error": message, **more}, status, headers)


def missing_entry(message: str, sha: str) -> JSONResponse:
    """With the commit beside it clients remember that this commit has no such file or folder."""
    response = error_response(404, message, "EntryNotFound")
    response.headers["X-Repo-Commit"] = sha
    return response


def respond(error: errors.SpaceportError, is_anonymous: bool) -> JSONResponse:
    """
    The answer to an error.

    What is private answers like what is absent: the name asked for is never repeated, and an anonymous caller is asked
    to sign in in both cases.
    """
    status, code = status_of(error)
    if isinstance(error, errors.SpaceNotFound):
        return error_response(401, _SIGN_IN, code) if is_anonymous else error_response(404, REPO_NOT_FOUND, code)
    if isinstance(error, errors.GatedRepo) and is_anonymous:
        return error_response(401, str(error), code)
    if isinstance(error, errors.InvalidCard):
        return error_response(status, str(error), code, errors=[{"message": line} for line in error.problems])
    if isinstance(error, errors.OAuthError):
        return oauth_error_response(error)
    if isinstance(error, errors.TooManyAttempts):
        return _limited_response(error)
    if isinstance(error, errors.MergeConflict):
        return error_response(status, str(error), code, filesWithConflicts=error.files)
    return error_response(status, str(error), code)


def _limited_response(error: errors.TooManyAttempts) -> JSONResponse:
    """With the headers that clients tell people and wait by. Source: hub-api.md section 2.5."""
    response = error_response(429, str(error))
    response.headers["Retry-After"] = str(error.wait_seconds)
    response.headers["RateLimit"] = f'"api";r=0;t={error.wait_seconds}'
    if error.allowed:
        policy = f'"fixed window";"api";q={error.allowed};w={error.window_seconds}'
        response.headers["RateLimit-Policy"] = policy
    return response


def oauth_error_response(error: errors.OAuthError) -> JSONResponse:
    """In the form of OAuth, which keeps ``error`` for the code. Source: RFC 6749 section 5.2."""
    is_unknown = error.code == "invalid_client"
    response = error_response(401 if is_unknown else 400, str(error), error=error.code, error_description=str(error))
    if is_unknown:
        response.headers["WWW-Authenticate"] = 'Basic realm="OAuth"'
    response.headers["Cache-Control"] = "no-store"
    return response


def status_of(error: errors.SpaceportError) -> tuple[int, str | None]:
    """Status and X-Error-Code of an error."""
    return next((status, code) for kind, status, code in ERROR_TABLE if isinstance(error, kind))


def install_error_handlers(app: FastAPI) -> None:
    """Every error that no route answers itself becomes JSON; pages handle theirs before it gets here."""

    @app.exception_handler(errors.SpaceportError)
    def on_known(request: Request, error: errors.SpaceportError) -> Response:
        caller = getattr(request.state, "caller", None)
        if status_of(error)[0] >= 500:
            log.warning("a request failed", path=request.url.path, error=str(error))
        response = respond(error, is_anonymous=caller is None or caller.user is None)
        if isinstance(error, errors.SpaceMoved):
            response.headers["Location"] = new_location(request, error)
        return response

    @app.exception_handler(HTTPException)
    def on_status(request: Request, error: HTTPException) -> Response:
        response = error_response(error.status_code, str(error.detail or HTTPStatus(error.status_code).phrase))
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(RequestValidationError)
    def on_bad_input(request: Request, error: RequestValidationError) -> Response:
        return error_response(400, _what_is_wrong(error))

    @app.exception_handler(Exception)
    def on_unknown(request: Request, error: Exception) -> Response:
        log.error("a request broke", path=request.url.path, exc_info=error)
        return error_response(500, "Internal error: this is a fault of Spaceport, and it has been logged")


def _what_is_wrong(error: RequestValidationError) -> str:
    lines = []
    for problem in error.errors()[:5]:
        place = ".".join(str(part) for part in problem["loc"] if part not in ("body", "query", "path"))
        lines.append(f'"{place}": {problem["msg"]}' if place else str(problem["msg"]))
    return "; ".join(lines) or "the request cannot be understood"


def _one_line(message: str) -> str:
    text = " ".join(message.split())
    printable = "".join(character if character.isprintable() else "?" for character in text)
    return printable.encode("latin-1", "replace").decode("latin-1")[:1000]
