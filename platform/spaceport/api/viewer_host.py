"""
The viewer's own host: ``datasets-server.`` before the name of the hub.

``datasets`` makes it from ``HF_ENDPOINT``, and it is the only way it has; where that name leads here, the answers are
those of ``/datasets-server``. Source: hub-api.md section 14.1; datasets 5.2, ``utils/_dataset_viewer.py``.
"""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from spaceport.repos.viewer.media_cells import PREFIX

HOST_PREFIX = "datasets-server."


class ViewerHost:
    """ASGI middleware: the path of a request to that host becomes one below ``/datasets-server``."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and Headers(scope=scope).get("host", "").startswith(HOST_PREFIX):
            scope = dict(scope)
            # An endpoint with a slash at its end gives two of them.
            scope["path"] = f"{PREFIX}/{scope['path'].lstrip('/')}"
            raw: bytes = scope.get("raw_path") or b""
            scope["raw_path"] = f"{PREFIX}/".encode() + raw.lstrip(b"/")
        await self._app(scope, receive, send)
