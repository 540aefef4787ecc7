"""Going back to an earlier release: a page that says what comes back and what does not, and its button."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from spaceport.domain.access import Action
from spaceport.domain.release import Release
from spaceport.domain.rollback import left_behind, refusal, secret_versions_of
from spaceport.domain.space import Space
from spaceport.errors import Conflict
from spaceport.interfaces import Transaction
from spaceport.live import snapshot_of
from spaceport.rollout.deploy_commands import rollback
from spaceport.web.comparison import compare
from spaceport.web.context import Web
from spaceport.web.finding import find_release, find_space
from spaceport.web.forms import check_form, leads_to
from spaceport.web.space_view import view_context
from spaceport.web.visitor import visitor_of

_PATH = "/spaces/{owner}/{name}/deployments/{number}/rollback"


def make_router(web: Web) -> APIRouter:
    router = web.new_router()

    @router.get(_PATH, include_in_schema=False)
    def confirm(request: Request, owner: str, name: str, number: int) -> Response:
        visitor = visitor_of(request)
        with web.services.database.read() as tx:
            space = find_space(tx, visitor.caller, owner, name, Action.DEPLOY)
            release = _wanted(tx, space, number)
            secrets = tx.configs.secrets(space.id)
            now_serving = tx.releases.get(space.target_release_id) if space.target_release_id else None
            snapshot = snapshot_of(tx, space)
        # As the command will deploy it: without the secrets that were removed since, on the hardware of now.
        comes_back = replace(release, secret_versions=secret_versions_of(release, secrets), hardware=space.hardware)
        return web.renderer.page(
            request,
            visitor,
            "rollback.html",
            tab="deployments",
            release=release,
            differs=compare(now_serving, comes_back),
            stays_behind=left_behind(space, release, secrets),
            **view_context(snapshot, visitor.caller, web.services),
        )

    @router.post(_PATH, include_in_schema=False)
    def go_back(
        request: Request,
        owner: str,
        name: str,
        number: int,
        csrf: Annotated[str, Form()] = "",
        reason: Annotated[str, Form()] = "",
    ) -> Response:
        visitor = visitor_of(request)
        check_form(request, visitor, csrf)
        with web.services.database.read() as tx:
            space = find_space(tx, visitor.caller, owner, name, Action.DEPLOY)
            _wanted(tx, space, number)
        rollback(web.services, space, visitor.caller, number, " ".join(reason.split())[:300])
        return leads_to(f"/spaces/{space.full_name}/deployments", "rolled-back")

    return router


def _wanted(tx: Transaction, space: Space, number: int) -> Release:
    """Raises: NotFound, Conflict."""
    release = find_release(tx, space, number)
    if why := refusal(space, release):
        raise Conflict(why)
    return release
