"""Spaces: lists, info, and what runs of them."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response

from spaceport.addresses import client_url
from spaceport.api.finding import allowed, base_url, find_space, request_of
from spaceport.api.repo_info import siblings_json
from spaceport.api.space_json import facts_of, only, runtime_answer, space_json
from spaceport.api.space_list import Wish, choose, next_link
from spaceport.builds import commands as build_commands
from spaceport.domain.access import Action
from spaceport.domain.app_access import LINK_SECONDS, sign_key, signed
from spaceport.identity import caller_of
from spaceport.repos.paths import repo_path
from spaceport.repos.revisions import resolve_revision
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
    settings = services.settings

    @router.get("/api/spaces")
    def list_spaces(request: Request, full: bool = False) -> Response:
        caller = caller_of(request)
        wish = Wish.of(request.query_params)
        with services.database.read() as tx:
            found = tx.spaces.visible_to(caller.user, wish.searches[0] if wish.searches else "", wish.author, _ALL)
            page, has_more = choose(found, wish)
            facts = [facts_of(tx, space) for space in page]
        items = []
        for each in facts:
            values = space_json(each, settings, each.space.head_sha)
            if (full or "siblings" in wish.expand) and each.space.head_sha:
                values["siblings"] = siblings_json(
                    repo_path(settings.data_dir, each.space.id), each.space.head_sha, blobs=False
                )
            items.append(only(values, wish.expand))
        link = {"Link": next_link(base_url(request), request.query_params, wish)} if has_more else {}
        return JSONResponse(items, headers=link)

    @router.get("/api/spaces/by-subdomain/{subdomain}")
    def by_subdomain(subdomain: str, request: Request) -> dict[str, Any]:
        caller = caller_of(request)
        with services.database.read() as tx:
            every = tx.spaces.visible_to(caller.user, limit=_ALL)
            space = next((each for each in every if each.subdomain == subdomain.lower()), None)
            if space is None and (old := tx.redirects.by_subdomain(subdomain.lower())) is not None:
                space = tx.spaces.get(old.space_id)
            space = allowed(space, caller)
            facts = facts_of(tx, space)
        return space_json(facts, settings, space.head_sha)

    @router.get("/api/spaces/{owner}/{name}")
    def info(owner: str, name: str, request: Request, expand: Expand = None, blobs: bool = False) -> dict[str, Any]:
        return _info(request, owner, name, "main", expand, blobs)

    @router.get("/api/spaces/{owner}/{name}/revision/{revision:path}")
    def info_of_revision(
        owner: str, name: str, revision: str, request: Request, expand: Expand = None, blobs: bool = False
    ) -> dict[str, Any]:
        return _info(request, owner, name, revision, expand, blobs)

    def _info(
        request: Request, owner: str, name: str, revision: str, expand: list[str] | None, blobs: bool
    ) -> dict[str, Any]:
        caller = caller_of(request)
        with services.database.read() as tx:
            space = find_space(tx, caller, owner, name)
            facts = facts_of(tx, space)
        folder = repo_path(settings.data_dir, space.id)
        sha = resolve_revision(folder, revision)
        values = space_json(facts, settings, sha)
        values["siblings"] = siblings_json(folder, sha, blobs)
        return only(values, [*(expand or []), *request.query_params.getlist("expand[]")])


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
            space = find_space(tx, caller, owner, name)
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
