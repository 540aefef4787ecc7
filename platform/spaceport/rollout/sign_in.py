"""What an app needs to sign people in with this hub, where the card of its release asks for it."""

from spaceport.domain.oauth import OAuthApp, signs_people_in, terms_of_card
from spaceport.domain.oauth_scopes import in_order
from spaceport.domain.release import Release

CLIENT_ID = "OAUTH_CLIENT_ID"
CLIENT_SECRET = "OAUTH_CLIENT_SECRET"


def brings_own_app(release: Release) -> bool:
    """Whether the owner set the app of another provider: then none of ours is mixed in."""
    return signs_people_in(release.card) and CLIENT_ID in {**release.variables, **release.secret_versions}


def sign_in_variables(release: Release, app: OAuthApp | None, provider: str) -> dict[str, str]:
    """Without the secret; nothing where nobody is signed in. Source: hub-api.md section 15."""
    if app is None or not signs_people_in(release.card) or brings_own_app(release):
        return {}
    scopes = terms_of_card(release.card, ()).scopes
    return {CLIENT_ID: app.id, "OAUTH_SCOPES": " ".join(in_order(scopes)), "OPENID_PROVIDER_URL": provider}


def sealed_client_secret(release: Release, app: OAuthApp | None) -> dict[str, str]:
    """Goes the way of the Space's own secrets: past the engine, and masked in logs."""
    if app is None or app.sealed_secret is None or not sign_in_variables(release, app, ""):
        return {}
    return {CLIENT_SECRET: app.sealed_secret}
