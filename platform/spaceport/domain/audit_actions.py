"""What each request that changes something is called in the audit log. Pure."""

import re

#: Spaces, models and datasets in the addresses of pages and of the API: what follows says what is done to one.
_REPO = re.compile(r"/(?:api/(?:models|datasets|spaces)/|datasets/|spaces/)?\{owner\}/\{name\}/(?P<rest>.+)")

#: By method and what follows the name of a repo.
_OF_REPOS = {
    "POST commit/{rest:path}": "repo.commit",
    "POST edit/{rest:path}": "repo.commit",
    "POST move/{rest:path}": "repo.commit",
    "POST upload/{rest:path}": "repo.commit",
    "POST branches": "repo.branches",
    "POST branch/{rest:path}": "repo.branch_create",
    "DELETE branch/{rest:path}": "repo.branch_delete",
    "POST tag/{rest:path}": "repo.tag_create",
    "DELETE tag/{rest:path}": "repo.tag_delete",
    "POST super-squash/{rest:path}": "repo.squash",
    "POST lfs-files/batch": "repo.remove_files",
    "POST settings/name": "repo.move",
    "PUT settings": "repo.settings",
    "POST settings/access": "repo.settings",
    "POST settings/visibility": "repo.settings",
    "POST settings/delete": "repo.delete",
    "POST delete": "repo.delete",
    "POST duplicate": "repo.duplicate",
    "POST disable": "repo.disable",
    "POST enable": "repo.enable",
    "POST user-access-request/handle": "access.answer",
    "POST user-access-request/grant": "access.grant",
    "POST settings/requests": "access.answer",
    "POST ask-access": "access.ask",
    "POST access": "access.ask",
    "POST hardware": "space.hardware",
    "POST settings/hardware": "space.hardware",
    "POST sleeptime": "space.sleep_time",
    "POST settings/sleep": "space.sleep_time",
    "POST dev-mode": "space.dev_mode",
    "POST storage": "space.storage",
    "DELETE storage": "space.storage",
    "POST settings/storage": "space.storage",
    "PUT volumes": "space.storage",
    "DELETE volumes": "space.storage",
    "POST snapshots/restore": "space.restore_data",
    "POST settings/storage/restore": "space.restore_data",
    "POST restart": "space.restart",
    "POST pause": "space.pause",
    "POST stop": "space.stop",
    "POST stop-waiting": "space.stop_waiting",
    "POST start": "space.start",
    "POST review": "space.review",
    "POST rebuild": "space.rebuild",
    "POST factory-rebuild": "space.rebuild",
    "POST locked-rebuild": "space.rebuild",
    "POST builds/{build_id}/cancel": "build.cancel",
    "POST releases/{number}/rollback": "space.rollback",
    "POST deployments/{number}/rollback": "space.rollback",
    "POST redeploy": "space.redeploy",
    "POST variables": "variable.set",
    "DELETE variables": "variable.remove",
    "POST settings/variables": "variable.set",
    "POST settings/variables/remove": "variable.remove",
    "POST secrets": "secret.set",
    "DELETE secrets": "secret.remove",
    "POST settings/secrets": "secret.set",
    "POST settings/secrets/remove": "secret.remove",
    "POST links": "link.make",
    "DELETE links": "link.revoke",
    "POST settings/links": "link.make",
    "POST settings/links/revoke": "link.revoke",
    "POST discussions": "discussion.open",
    "POST compare/{rest:path}": "discussion.open",
    "POST discussions/{number}": "discussion.change",
    "POST discussions/{number}/comment": "discussion.comment",
    "POST discussions/{number}/lines": "discussion.comment",
    "POST discussions/{number}/title": "discussion.rename",
    "POST discussions/{number}/status": "discussion.status",
    "POST discussions/{number}/merge": "discussion.merge",
    "DELETE discussions/{number}": "discussion.delete",
    "POST discussions/{number}/comment/{event_id}/edit": "discussion.edit",
    "POST discussions/{number}/comment/{event_id}/hide": "discussion.hide",
    "POST discussions/{number}/comments/{event_id}/hide": "discussion.hide",
}

_OTHERS = {
    # The hook tells what git really took.
    "POST /internal/git-hook/post-receive": "repo.push",
    "POST /api/repos/create": "repo.create",
    "POST /new-space": "repo.create",
    "POST /new": "repo.create",
    "POST /new-dataset": "repo.create",
    "DELETE /api/repos/delete": "repo.delete",
    "POST /api/repos/move": "repo.move",
    "POST /login": "account.sign_in",
    "POST /logout": "account.sign_out",
    "POST /join": "account.join",
    "POST /settings/account/password": "account.password",
    "POST /settings/account/sessions/end-others": "account.end_sessions",
    "POST /settings/account/sessions/{session_id}/end": "account.end_sessions",
    "POST /settings/tokens": "token.create",
    "POST /settings/tokens/{token_id}/revoke": "token.revoke",
    "POST /oauth/authorize": "app.allow",
    "POST /oauth/device/confirm": "app.allow",
    "POST /settings/connected-apps/{grant_id}/revoke": "app.revoke",
    "POST /api/organizations": "organization.create",
    "POST /organizations/new": "organization.create",
    "POST /api/organizations/{name}/members": "organization.member",
    "DELETE /api/organizations/{name}/members/{user}": "organization.member_out",
    "POST /organizations/{name}/members": "organization.member",
    "POST /organizations/{name}/members/{user}/remove": "organization.member_out",
    "POST /api/settings/webhooks": "webhook.create",
    "POST /api/settings/webhooks/{webhook_id}": "webhook.change",
    "POST /api/settings/webhooks/{webhook_id}/{switch}": "webhook.change",
    "DELETE /api/settings/webhooks/{webhook_id}": "webhook.remove",
    "POST /api/settings/webhooks/{webhook_id}/deliveries/{delivery_id}/replay": "webhook.replay",
    "POST /settings/notifications": "account.notifications",
    "POST /settings/webhooks": "webhook.create",
    "POST /settings/webhooks/{webhook_id}": "webhook.change",
    "POST /settings/webhooks/{webhook_id}/enable": "webhook.change",
    "POST /settings/webhooks/{webhook_id}/disable": "webhook.change",
    "POST /settings/webhooks/{webhook_id}/remove": "webhook.remove",
    "POST /settings/webhooks/{webhook_id}/deliveries/{delivery_id}/replay": "webhook.replay",
    "POST /api/collections": "collection.create",
    "PATCH /api/collections/{namespace}/{slug}": "collection.change",
    "DELETE /api/collections/{namespace}/{slug}": "collection.delete",
    "POST /api/collections/{namespace}/{slug}/items": "collection.change",
    "PATCH /api/collections/{namespace}/{slug}/items/{item_id}": "collection.change",
    "DELETE /api/collections/{namespace}/{slug}/items/{item_id}": "collection.change",
}

#: All of them, for the filter of the page.
ACTIONS = tuple(sorted({*_OF_REPOS.values(), *_OTHERS.values()}))


def action_of(method: str, route: str) -> str | None:
    """What a request to a route (its path with the names of the parameters) is called; None where nothing is kept."""
    found = _REPO.fullmatch(route)
    if found is not None and (action := _OF_REPOS.get(f"{method} {found['rest']}")):
        return action
    if found is not None and found["rest"].startswith("settings/"):
        # A form of the page of settings that needs no name of its own.
        return "repo.settings"
    return _OTHERS.get(f"{method} {route}")
