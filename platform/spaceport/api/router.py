"""The Hub-compatible API, but for log streams (``api.logs``)."""

from fastapi import APIRouter

from spaceport.api.access_requests import make_access_requests_router
from spaceport.api.account import make_account_router
from spaceport.api.app_links import make_app_links_router
from spaceport.api.attachments import make_attachments_router
from spaceport.api.auth_check import make_auth_check_router
from spaceport.api.bare_ids import make_bare_ids_router
from spaceport.api.builds import make_builds_router
from spaceport.api.capabilities import make_capabilities_router
from spaceport.api.collections import make_collections_router
from spaceport.api.commits import make_commits_router
from spaceport.api.disabling import make_disabling_router
from spaceport.api.discussion_changes import make_discussion_changes_router
from spaceport.api.discussions import make_discussions_router
from spaceport.api.errors import ERROR_RESPONSES
from spaceport.api.events import make_events_router
from spaceport.api.large_files import make_large_files_router
from spaceport.api.likes import make_likes_router
from spaceport.api.machines import make_machines_router
from spaceport.api.metadata import make_metadata_router
from spaceport.api.oauth import make_oauth_router
from spaceport.api.organizations import make_organizations_router
from spaceport.api.owned_repos import make_owned_repos_router
from spaceport.api.quotas import make_quotas_router
from spaceport.api.refs import make_refs_router
from spaceport.api.releases import make_releases_router
from spaceport.api.repo_changes import make_repo_changes_router
from spaceport.api.repo_lists import make_repo_lists_router
from spaceport.api.repos import make_repos_router
from spaceport.api.resolve import make_resolve_router
from spaceport.api.safetensors import make_safetensors_router
from spaceport.api.space_config import make_config_router
from spaceport.api.space_domains import make_domains_router
from spaceport.api.space_hardware import make_hardware_router
from spaceport.api.space_templates import make_templates_router
from spaceport.api.space_timers import make_timers_router
from spaceport.api.space_volumes import make_volumes_router
from spaceport.api.spaces import make_spaces_router
from spaceport.api.startup import make_startup_router
from spaceport.api.tree import make_tree_router
from spaceport.api.uploads import make_uploads_router
from spaceport.api.usage import make_usage_router
from spaceport.api.viewer import make_viewer_router, make_viewer_unknown_router
from spaceport.api.viewer_files import make_viewer_files_router
from spaceport.api.viewer_media import make_viewer_media_router
from spaceport.api.webhooks import make_webhooks_router
from spaceport.api.xet_tokens import make_xet_tokens_router
from spaceport.joined_routes import join_routes
from spaceport.live import Live
from spaceport.repos.downloads import Downloads
from spaceport.repos.viewer.viewer import Viewer
from spaceport.services import Services


def make_router(services: Services, live: Live, viewer: Viewer) -> APIRouter:
    """Needs ``api.errors.install_error_handlers``; ``api.startup.make_unknown_router`` goes last of all."""
    downloads = Downloads(services)
    parts = (
        make_account_router(services),
        make_oauth_router(services),
        make_organizations_router(services),
        make_access_requests_router(services),
        make_auth_check_router(services),
        make_capabilities_router(services),
        make_metadata_router(services),
        make_repos_router(services),
        make_domains_router(services),
        make_timers_router(services),
        make_hardware_router(services),
        make_volumes_router(services),
        make_templates_router(services),
        make_spaces_router(services),
        make_config_router(services),
        make_releases_router(services),
        make_builds_router(services),
        make_repo_changes_router(services),
        make_disabling_router(services),
        make_app_links_router(services),
        make_startup_router(),
        make_webhooks_router(services),
        make_repo_lists_router(services),
        make_machines_router(services),
        make_quotas_router(services),
        make_usage_router(services),
        make_owned_repos_router(services),
        make_commits_router(services),
        make_uploads_router(services),
        make_tree_router(services),
        make_refs_router(services),
        make_resolve_router(services, downloads),
        make_safetensors_router(services),
        make_large_files_router(services),
        make_likes_router(services),
        make_attachments_router(services),
        make_collections_router(services),
        make_discussions_router(services),
        make_discussion_changes_router(services),
        make_xet_tokens_router(services, downloads),
        make_events_router(services, live),
        make_viewer_router(services, viewer),
        make_viewer_files_router(services, viewer),
        make_viewer_media_router(services, viewer),
        make_viewer_unknown_router(),
        make_bare_ids_router(),
    )
    return join_routes(APIRouter(), parts, ERROR_RESPONSES)
