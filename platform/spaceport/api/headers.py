"""Headers of every answer of the hub: a request id, its time, and for API and files what other origins need (CORS)."""

import re
import secrets
from email.utils import formatdate

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Source: hub-api.md section 2.6.
EXPOSED = (
    "X-Repo-Commit, X-Request-Id, X-Error-Code, X-Error-Message, X-Total-Count, ETag, Link, Accept-Ranges, "
    "Content-Range, Content-Disposition, X-Linked-Size, X-Linked-Etag, X-Xet-Hash, X-Xet-Refresh-Route, X-Xet-Cas-Url, "
    "X-Xet-Access-Token, X-Xet-Token-Expiration, RateLimit, RateLimit-Policy"
)
_SAFE_ID = re.compile(r"[A-Za-z0-9=;:._-]{1,128}")
_SAFE_HEADERS = re.compile(r"[A-Za-z0-9_, -]{1,1000}")
_API = ("/api/", "/oauth/", "/datasets-server/")
#: Files of repos, which pages elsewhere fetch as the API's JavaScript client does.
_FILES = re.compile(r"/((datasets|spaces)/)?[^/]+/[^/]+/(resolve|raw)/")


class ApiHeaders:
    """
    ASGI middleware. The server must not send a ``Date`` of its own: uvicorn renews its once a second, and the Hub's
    client leaves out lines of a log that are more than a second newer than the ``Date`` of the answer.

    Any origin may call the API, without cookies: browsers never send them with a ``*`` answer, so a page elsewhere acts
    only with a token it was given.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_headers = Headers(scope=scope)
        request_id = _request_id(request_headers)
        is_api = scope["path"].startswith(_API) or _FILES.match(scope["path"]) is not None

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                headers["Date"] = formatdate(usegmt=True)
                if is_api:
                    headers["Access-Control-Allow-Origin"] = "*"
                    headers["Access-Control-Expose-Headers"] = EXPOSED
            await send(message)

        if is_api and scope["method"] == "OPTIONS":
            await _preflight(request_headers)(scope, receive, send_with_headers)
        else:
            await self._app(scope, receive, send_with_headers)


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id") or headers.get("x-amzn-trace-id") or ""
    return given if _SAFE_ID.fullmatch(given) else secrets.token_hex(12)


def _preflight(headers: Headers) -> Response:
    asked = headers.get("access-control-request-headers", "Authorization, Content-Type")
    return Response(
        status_code=204,
        headers={
            "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
            "Access-Control-Allow-Headers": asked if _SAFE_HEADERS.fullmatch(asked) else "Authorization, Content-Type",
            "Access-Control-Max-Age": "86400",
        },
    )
