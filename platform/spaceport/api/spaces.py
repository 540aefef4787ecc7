"""Spaces: lists, info, and what runs of them."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from spaceport.addresses import client_url
from spaceport.api.finding import allowed, find_space, request_of
from spaceport.api.repo_fields import fields_of_info
from spaceport.api.repo_view import view_of
from spaceport.api.space_json import runtime_answer
from spaceport.builds import commands as build_commands
from spaceport.domain.access import Action
from spaceport.domain.app_access import LINK_SECONDS, sign_key, signed
from spaceport.domain.repo import RepoType
from spaceport.identity import caller_of
from spaceport.rollout import commands
from spaceport.services import Services

Expand = Annotated[list[str] | None, Query()]
#: More than any list shows; the store needs a number.
_ALL = 100_000


def make_spaces_router(services: Services) -> APIRouter:
    router = APIRouter()
    _add_reads(router, services)
    _add_runtime(router, services)
    return router


def _add_reads(router: APIRouter, services: Services) -> None:
    @router.get("/api/spaces/by-subdomain/{subdomain}")
    def by_subdomain(subdomain: str, request: Request) -> dict[str, Any]:
        caller = caller_of(request)
        with services.database.read() as tx:
            space = tx.spaces.by_subdomain(subdomain.lower())
            if space is None and (old := tx.redirects.by_subdomain(subdomain.lower())) is not None:
                space = tx.spaces.get(old.space_id)
            space = allowed(space, caller)
            fields = fields_of_info(RepoType.SPACE, request.query_params) - {"siblings"}
            return view_of(services, tx, caller, space, space.head_sha, fields)


def _add_runtime(router: APIRouter, services: Services) -> None:
    settings = services.settings

    def _runtime(request: Request, owner: str, name: str) -> dict[str, Any]:
        caller = caller_of(request)
        with services.database.read() as tx:
            space = find_space(tx, caller, owner, name)
        return runtime_answer(services, space, caller)

    @router.get("/api/spaces/{owner}/{name}/runtime")
    def runtime(owner: str, name: str, request: Request) -> dict[str, Any]:
        return _runtime(request, owner, name)

    @router.get("/api/spaces/{owner}/{name}/host")
    def host(owner: str, name: str, request: Request) -> dict[str, Any]:
        caller = caller_of(request)
        with services.database.read() as tx:
            space = find_space(tx, caller, owner, name)
        return {"host": client_url(space, settings), "subdomain": space.subdomain}

    @router.get("/api/spaces/{owner}/{name}/jwt")
    def ticket(owner: str, name: str, request: Request) -> dict[str, Any]:
        """Opens this one Space's app for a few minutes, as ``?__sign=`` of its address."""
        caller = caller_of(request)
        with services.database.read() as tx:
            space = find_space(tx, caller, owner, name, Action.ENTER)
        until = services.clock.now().timestamp() + LINK_SECONDS
        key = sign_key(services.internal_secret, space.id, space.links_version)
        return {"token": signed(key, until), "exp": int(until)}

    @router.post("/api/spaces/{owner}/{name}/restart")
    def restart(owner: str, name: str, request: Request, factory: bool = False, locked: bool = False) -> dict[str, Any]:
        # ``locked`` is ours: a rebuild with the versions that worked.
        space, caller = request_of(services, request, owner, name, Action.WRITE)
        if factory or locked or space.target_release_id is None:
            build_commands.rebuild(services, space, caller, no_cache=factory, use_lock=locked)
        else:
            commands.restart(services, space, caller)
        return _runtime(request, owner, name)

    @router.post("/api/spaces/{owner}/{name}/pause")
    def pause(owner: str, name: str, request: Request) -> dict[str, Any]:
        space, caller = request_of(services, request, owner, name, Action.WRITE)
        commands.pause(services, space, caller)
        return _runtime(request, owner, name)

    @router.post("/api/spaces/{owner}/{name}/stop-waiting")
    def stop_waiting(owner: str, name: str, request: Request) -> dict[str, Any]:
        # Ours: a pause, but only of what still waits for room.
        space, caller = request_of(services, request, owner, name, Action.WRITE)
        commands.stop_waiting(services, space, caller)
        return _runtime(request, owner, name)

    @router.post("/api/spaces/{owner}/{name}/review")
    def review(owner: str, name: str, request: Request) -> dict[str, Any]:
        """Ours: ask the admin to look at a Space that its owner may not start."""
        space, caller = request_of(services, request, owner, name, Action.WRITE)
        commands.request_review(services, space, caller)
        return _runtime(request, owner, name)
