"""
Ids without an owner, as the public Hub has some (``gpt2``): calls about one are told that there is no such repo.

Without this they would be calls that do not exist, and clients could not tell that from a fault.

Source: hub-api.md section 2.2.
"""

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from spaceport.api.errors import error_response
from spaceport.domain.repo import RepoType
from spaceport.errors import SpaceNotFound
from spaceport.identity import caller_of
from spaceport.joined_routes import join_routes

#: What stands behind the id in calls; a repo of somebody may be called like one, and then this is not reached.
_CALLS = frozenset(
    """
    auth-check branch commit commits discussions duplicate hardware like likers lfs-files logs paths-info pause
    preupload refs restart revision runtime secrets settings sleeptime super-squash tag tree user-access-request
    variables xet-read-token xet-write-token
    """.split()  # noqa: SIM905
)
#: What stands there in addresses of pages of a model that is called ``resolve``.
_PAGES = frozenset({"blob", "commit", "commits", "discussions", "settings", "tree"})
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


class _FileRoute(APIRoute):
    """Leaves the pages of a model that is called ``resolve`` to the routers that follow."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, child = super().matches(scope)
        rest = str(child.get("path_params", {}).get("rest", ""))
        return (Match.NONE, {}) if rest.partition("/")[0] in _PAGES else (match, child)


def make_bare_ids_router() -> APIRouter:
    """Included after the calls themselves."""
    router = APIRouter(include_in_schema=False)
    for kind in RepoType:
        base = f"/api/{kind.plural}/{{name}}/{{call}}"
        router.add_api_route(base, _answer_call, methods=_METHODS)
        router.add_api_route(f"{base}/{{rest:path}}", _answer_call, methods=_METHODS)
    files = APIRouter(include_in_schema=False, route_class=_FileRoute)
    files.add_api_route("/{name}/resolve/{rest:path}", _answer_file, methods=["GET", "HEAD"])
    return join_routes(router, [files])


def _answer_call(name: str, call: str, request: Request) -> Response:
    """Raises: SpaceNotFound."""
    if call in _CALLS:
        _answer_file(name, request)
    return error_response(404, "Not found: this Spaceport has no such API call")


def _answer_file(name: str, request: Request) -> None:
    """Raises: SpaceNotFound."""
    caller_of(request)
    raise SpaceNotFound(name)
