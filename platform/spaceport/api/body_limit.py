"""How much a request may bring: little, but where bodies are read as they come, which have limits of their own."""

import re

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from spaceport.api.errors import error_response

#: JSON and forms are held in memory as a whole. The largest that clients send are commits, which are streamed.
MAX_BODY_BYTES = 8 * 1024**2
_MAX_DIGITS = 18
_NAME = "[^/]+"
_REPO = f"(?:(?:datasets|spaces)/)?{_NAME}/{_NAME}"
#: Method and path of what is read as it comes: git, large files, xorbs and shards, commits, attachments, and
#: what browsers upload.
_STREAMED = re.compile(
    f"POST /{_REPO}/git-(?:upload|receive)-pack"
    f"|PUT /{_REPO}/info/lfs/objects/{_NAME}"
    f"|POST /api/{_NAME}/{_NAME}/{_NAME}/commit/.*"
    f"|POST /{_REPO}/upload/.*"
    "|POST /api/xet/.*"
    "|POST /uploads",
    re.DOTALL,
)
_TOO_LARGE = f"a request like this one has at most {MAX_BODY_BYTES // 1024**2} MiB"


class BodyLimit:
    """ASGI middleware: answers 413, before the body is read where the client tells how long it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _STREAMED.fullmatch(f"{scope['method']} {scope['path']}"):
            await self._app(scope, receive, send)
            return
        if _announced_bytes(Headers(scope=scope)) > MAX_BODY_BYTES:
            await error_response(413, _TOO_LARGE)(scope, receive, send)
            return
        arrived = 0

        async def receive_a_little() -> Message:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived > MAX_BODY_BYTES:
                # Of all exceptions, FastAPI lets this one through while it reads a body.
                raise HTTPException(413, _TOO_LARGE)
            return message

        await self._app(scope, receive_a_little, send)


def _announced_bytes(headers: Headers) -> int:
    """What does not tell, or tells nonsense, is counted as it comes."""
    text = headers.get("content-length", "")
    if not (text.isascii() and text.isdigit()):
        return 0
    return int(text) if len(text) <= _MAX_DIGITS else 10**_MAX_DIGITS
