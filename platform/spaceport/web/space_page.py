"""A Space's page: the app in a frame, or what keeps it from running; it changes by itself."""

from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse, RedirectResponse, StreamingResponse

from spaceport import addresses
from spaceport.callers import caller_now
from spaceport.domain.access import Action, can
from spaceport.domain.account import Caller
from spaceport.domain.config import current_versions
from spaceport.domain.oauth import signs_people_in
from spaceport.domain.space import Space
from spaceport.domain.stage import Stage
from spaceport.errors import NotFound
from spaceport.event_stream import PING, event_stream
from spaceport.live import Gone, Snapshot, snapshot_of
from spaceport.settings import Settings
from spaceport.web import streams
from spaceport.web.app_endpoints import Endpoint
from spaceport.web.app_info import AppInfo
from spaceport.web.context import Web
from spaceport.web.finding import find_space
from spaceport.web.log_drawer import drawer_of
from spaceport.web.rendering import page_headers
from spaceport.web.space_snippets import agents_text, api_snippets, component_snippet, docker_snippet
from spaceport.web.space_view import app_context, frame_url, message_of, version_of
from spaceport.web.visitor import visitor_of

#: Queries the hub's own page understands; all others are for the app.
_OWN_QUERIES = ("logs", "done")


def make_router(web: Web) -> APIRouter:
    router = web.new_router()
    settings, apps = web.services.settings, AppInfo(web.services)

    @router.get("/spaces/{owner}/{name}", include_in_schema=False)
    def space(request: Request, owner: str, name: str, logs: str = "") -> Response:
        if name.endswith(".git"):
            return RedirectResponse(f"/spaces/{owner}/{name.removesuffix('.git')}", status_code=303)
        visitor = visitor_of(request)
        snapshot = look_at(web, visitor.caller, owner, name)
        query = [(key, value) for key, value in request.query_params.multi_items() if key not in _OWN_QUERIES]
        context = app_context(snapshot, visitor.caller, web.services)
        endpoints = _endpoints(apps, snapshot) if context["rights"].enter else ()
        return web.renderer.page(
            request,
            visitor,
            "space.html",
            frame_origin=_frames(snapshot.space, settings),
            app_origin=addresses.app_url(snapshot.space, settings),
            tab="app",
            # A visit of the page of a sleeping Space is a visit of the app: it wakes in the frame.
            framed=context["serving"] or context["asleep"],
            frame_url=frame_url(snapshot, visitor.caller, web.services, query),
            version=version_of(snapshot),
            # What an app may ask: whether somebody is signed in. Nobody pays here, so there is one plan.
            plan="free" if visitor.name else "anonymous",
            component=component_snippet(snapshot.space, addresses.app_url(snapshot.space, settings)),
            endpoints=[endpoint.words for endpoint in endpoints],
            api=api_snippets(snapshot.space, addresses.client_url(snapshot.space, settings), settings.hub, endpoints),
            run_with_docker=_docker(web, snapshot.space, context["rights"].write),
            drawer=drawer_of(web, snapshot.space, logs) if logs and context["rights"].logs else None,
            **context,
        )

    @router.get("/spaces/{owner}/{name}/agents.md", include_in_schema=False)
    def agents(request: Request, owner: str, name: str) -> Response:
        space = look_at(web, visitor_of(request).caller, owner, name).space
        if space.sdk != "gradio":
            raise NotFound("only Gradio Spaces describe themselves to agents")
        return PlainTextResponse(agents_text(space, addresses.client_url(space, settings)), headers=page_headers())

    @router.get("/spaces/{owner}/{name}/events", include_in_schema=False)
    async def events(request: Request, owner: str, name: str) -> StreamingResponse:
        """The present state at once, then every change."""
        visitor = await run_in_threadpool(visitor_of, request)
        snapshot = await run_in_threadpool(look_at, web, visitor.caller, owner, name)
        return event_stream(_changes(web, snapshot.space.id, visitor.caller))

    return router


def _endpoints(apps: AppInfo, snapshot: Snapshot) -> tuple[Endpoint, ...]:
    """Of a Gradio app that runs; of all others nothing is asked."""
    space, version = snapshot.space, version_of(snapshot)
    if space.sdk != "gradio" or space.stage is not Stage.RUNNING or space.is_asleep or version is None:
        return ()
    return apps.endpoints(space, version)


def look_at(web: Web, caller: Caller, owner: str, name: str, action: Action = Action.READ) -> Snapshot:
    """Raises: what ``find_space`` raises."""
    with web.services.database.read() as tx:
        return snapshot_of(tx, find_space(tx, caller, owner, name, action))


async def _changes(web: Web, space_id: str, caller: Caller) -> AsyncIterator[str]:
    lifetime = streams.Lifetime()
    subscription = await web.live.subscribe([space_id])
    try:
        async for change in subscription.changes():
            message = None if change is None else await run_in_threadpool(_message, web, caller, change)
            yield PING if message is None else streams.event(message)
            if lifetime.is_over or (message is not None and message.get("gone")):
                return
    finally:
        await web.live.unsubscribe(subscription)


def _message(web: Web, caller: Caller, change: Snapshot | Gone) -> dict[str, Any]:
    if isinstance(change, Gone) or change.is_deleted:
        return {"gone": True}
    if change.space.private or change.space.gated:
        # A message has a link that opens the app: not for who was let in when the stream began, and is not any more.
        with web.services.database.read() as tx:
            caller = caller_now(tx, caller)
    if not can(caller, Action.READ, change.space):
        return {"gone": True}
    return message_of(web.renderer, web.services, change, caller)


def _docker(web: Web, space: Space, may_write: bool) -> str:
    """Variables are public; names of secrets are for those who set them."""
    with web.services.database.read() as tx:
        variables = {variable.key: variable.value for variable in tx.configs.variables(space.id)}
        secrets = sorted(current_versions(tx.configs.secrets(space.id))) if may_write else []
    return docker_snippet(space, addresses.page_url(space, web.services.settings), variables, secrets)


def _frames(space: Space, settings: Settings) -> str:
    """The app's own address, and ours where it signs people in: ``gr.LoginButton`` leads there within the frame."""
    own = addresses.app_url(space, settings)
    return f"{own} 'self'" if signs_people_in(space.card) else own
