"""All pages, as one router. Mount it last: what nothing else answers gets its page for 404."""

from fastapi import APIRouter, Request, Response

from spaceport.errors import NotFound
from spaceport.joined_routes import join_routes
from spaceport.live import Live
from spaceport.repos.viewer.viewer import Viewer
from spaceport.services import Services
from spaceport.web import (
    account_page,
    account_pages,
    admin_page,
    admin_settings_page,
    admin_storage_page,
    admin_user_page,
    admin_users_page,
    apps_page,
    assets,
    audit_page,
    blame_page,
    branches_page,
    commits_page,
    compare_page,
    consent_page,
    deployments_page,
    device_page,
    discussion_page,
    discussions_page,
    docs_page,
    drain_forms,
    duplicate_page,
    edit_page,
    errors_page,
    files_page,
    gate_page,
    gateways_page,
    home_page,
    language_page,
    liking,
    list_events,
    log_drawer,
    logs_page,
    machines_page,
    metrics_page,
    move_page,
    new_organization_page,
    new_repo_page,
    new_space_page,
    notice_settings_page,
    notices_page,
    owner_page,
    profile_page,
    repo_list_page,
    repo_page,
    repo_settings_page,
    review_page,
    rollback_page,
    settings_domains,
    settings_page,
    settings_timers,
    space_actions,
    space_page,
    tokens_page,
    upload_page,
    usage_page,
    viewer_page,
    visits_page,
    wakes_page,
    webhooks_page,
)
from spaceport.web.context import Web
from spaceport.web.rendering import Renderer
from spaceport.web.visitor import visitor_of

_PAGES = (
    language_page,
    home_page,
    list_events,
    repo_list_page,
    liking,
    space_page,
    space_actions,
    settings_page,
    settings_domains,
    settings_timers,
    deployments_page,
    rollback_page,
    log_drawer,
    logs_page,
    visits_page,
    new_space_page,
    new_repo_page,
    new_organization_page,
    duplicate_page,
    account_pages,
    profile_page,
    account_page,
    tokens_page,
    notices_page,
    notice_settings_page,
    webhooks_page,
    usage_page,
    consent_page,
    device_page,
    apps_page,
    admin_page,
    audit_page,
    machines_page,
    gateways_page,
    drain_forms,
    wakes_page,
    admin_users_page,
    admin_user_page,
    admin_settings_page,
    admin_storage_page,
    metrics_page,
    errors_page,
    viewer_page,
    docs_page,
    # Last: a Space may be called "discussions", a dataset "tree", and what has two parts may be a model.
    repo_page,
    gate_page,
    repo_settings_page,
    files_page,
    edit_page,
    move_page,
    upload_page,
    blame_page,
    branches_page,
    commits_page,
    compare_page,
    discussions_page,
    discussion_page,
    review_page,
)


def make_router(services: Services, live: Live | None = None, viewer: Viewer | None = None) -> APIRouter:
    """``live`` and ``viewer`` are shared with the API, so that a process watches events and reads rows once."""
    files = assets.load_assets()
    renderer = Renderer(services.settings, files, services.clock)
    web = Web(services, live or Live(services), renderer, viewer or Viewer(services))
    router = web.new_router()
    join_routes(router, [assets.make_router(files), *(page.make_router(web) for page in _PAGES)])

    @router.api_route("/favicon.ico", methods=["GET", "HEAD"], include_in_schema=False)
    def favicon() -> Response:
        headers = {"Cache-Control": "max-age=86400"}
        return Response(files.files["logo.svg"], media_type="image/svg+xml", headers=headers)

    # After all that has an address of one part.
    join_routes(router, [owner_page.make_router(web)])

    @router.api_route("/{path:path}", methods=["GET", "HEAD", "POST"], include_in_schema=False)
    def nothing_here(request: Request) -> Response:
        visitor_of(request)
        raise NotFound("no such page")

    return router
