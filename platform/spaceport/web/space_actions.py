"""The buttons of a Space: what its owner and the admin can do."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from spaceport.builds import commands as builds
from spaceport.domain.access import Action
from spaceport.domain.account import Caller
from spaceport.domain.space import Space
from spaceport.errors import BadRequest
from spaceport.rollout import commands as rollout
from spaceport.services import Services
from spaceport.translating import gettext
from spaceport.web.context import Web
from spaceport.web.finding import find_build, find_space
from spaceport.web.forms import check_form, leads_to, local_path
from spaceport.web.visitor import visitor_of

Do = Callable[[Services, Space, Caller, str | None], None]


def _without_reason(do: Callable[[Services, Space, Caller], None]) -> Do:
    return lambda services, space, caller, reason: do(services, space, caller)


def _rebuild_without_cache(services: Services, space: Space, caller: Caller) -> None:
    builds.rebuild(services, space, caller, no_cache=True)


def _rebuild_as_it_worked(services: Services, space: Space, caller: Caller) -> None:
    builds.rebuild(services, space, caller, use_lock=True)


#: Address of the button, what it does, and the notice that follows.
_ACTIONS: dict[str, tuple[Do, str]] = {
    "restart": (rollout.restart, "restarted"),
    # The owner's pause; from an admin it is a stop, which the owner cannot undo.
    "stop": (rollout.pause, "paused"),
    "stop-waiting": (rollout.stop_waiting, "waits-no-more"),
    "start": (rollout.resume, "started"),
    "review": (_without_reason(rollout.request_review), "review"),
    "rebuild": (_without_reason(builds.rebuild), "rebuilding"),
    "factory-rebuild": (_without_reason(_rebuild_without_cache), "rebuilding-anew"),
    "locked-rebuild": (_without_reason(_rebuild_as_it_worked), "rebuilding-locked"),
}


def make_router(web: Web) -> APIRouter:
    router = web.new_router()

    def space_for(request: Request, owner: str, name: str, csrf: str) -> tuple[Space, Caller]:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        with web.services.database.read() as tx:
            return find_space(tx, visitor.caller, owner, name, Action.WRITE), visitor.caller

    def add(verb: str, do: Do, done: str) -> None:
        def act(
            request: Request,
            owner: str,
            name: str,
            csrf: Annotated[str, Form()] = "",
            back: Annotated[str, Form()] = "",
            reason: Annotated[str, Form()] = "",
        ) -> Response:
            space, caller = space_for(request, owner, name, csrf)
            do(web.services, space, caller, reason or None)
            return leads_to(local_path(back, f"/spaces/{space.full_name}"), done)

        router.add_api_route(
            f"/spaces/{{owner}}/{{name}}/{verb}", act, methods=["POST"], name=verb, include_in_schema=False
        )

    for verb, (do, done) in _ACTIONS.items():
        add(verb, do, done)

    @router.post("/spaces/{owner}/{name}/builds/{build_id}/cancel", include_in_schema=False)
    def cancel(
        request: Request,
        owner: str,
        name: str,
        build_id: str,
        csrf: Annotated[str, Form()] = "",
        back: Annotated[str, Form()] = "",
    ) -> Response:
        space, caller = space_for(request, owner, name, csrf)
        with web.services.database.read() as tx:
            build = find_build(tx, space, build_id)
        builds.cancel(web.services, build, caller)
        return leads_to(local_path(back, f"/spaces/{space.full_name}/logs"), "cancelled")

    @router.post("/spaces/{owner}/{name}/delete", include_in_schema=False)
    def delete(
        request: Request,
        owner: str,
        name: str,
        csrf: Annotated[str, Form()] = "",
        confirm: Annotated[str, Form()] = "",
    ) -> Response:
        space, caller = space_for(request, owner, name, csrf)
        if confirm.strip() != space.full_name:
            raise BadRequest(
                gettext(
                    "to delete this Space, type its name exactly: %(name)s. Nothing was deleted.", name=space.full_name
                )
            )
        rollout.delete(web.services, space, caller)
        return leads_to("/spaces", "deleted")

    return router
