"""What clients call when they start, and the answer to everything under /api that is not there."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from spaceport.api.errors import error_response

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


def make_startup_router() -> APIRouter:
    """Source: hub-api.md section 16."""
    router = APIRouter(include_in_schema=False)

    @router.get("/api/agent-harnesses")
    def agent_harnesses() -> dict[str, Any]:
        return {"standardEnvVars": [], "harnesses": {}}

    @router.get("/api/spaces/semantic-search")
    def semantic_search() -> Response:
        """Without it this reads as a Space that is not there."""
        return error_response(404, "this Spaceport has no semantic search: list Spaces with search=, by parts of names")

    @router.api_route("/api/telemetry/{rest:path}", methods=["GET", "HEAD", "POST"])
    def telemetry(rest: str) -> Response:
        """Clients announce themselves; nothing is kept."""
        return Response(status_code=204)

    return router


def make_unknown_router() -> APIRouter:
    """Everything else under /api, and what only programs ask for; included after all other routers."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/api", methods=_METHODS)
    @router.api_route("/api/{rest:path}", methods=_METHODS)
    @router.api_route("/buckets/{rest:path}", methods=_METHODS)
    @router.api_route("/front/{rest:path}", methods=_METHODS)
    @router.api_route("/kernels/{rest:path}", methods=_METHODS)
    @router.api_route("/papers/{rest:path}", methods=_METHODS)
    def unknown(rest: str = "") -> Response:
        return error_response(404, "Not found: this Spaceport has no such API call")

    return router
