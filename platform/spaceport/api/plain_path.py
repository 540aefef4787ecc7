"""Paths that begin with more than one slash."""

from starlette.types import ASGIApp, Receive, Scope, Send


class PlainPath:
    """
    ASGI middleware: a path begins with one slash, for all that looks at it.

    ``datasets`` keeps the slash that ``HF_ENDPOINT`` may end with and puts its own behind it.

    Source: hub-api.md section 14.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and scope["path"].startswith("//"):
            raw: bytes = scope.get("raw_path") or b""
            scope = {**scope, "path": "/" + scope["path"].lstrip("/"), "raw_path": b"/" + raw.lstrip(b"/")}
        await self._app(scope, receive, send)
