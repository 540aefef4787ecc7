"""The route of a Space: what gateways are told about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from spaceport.addresses import page_url, route_hosts
from spaceport.domain.oauth import OAuthApp
from spaceport.domain.redirect import Redirect
from spaceport.domain.release import Release
from spaceport.domain.route import Route, Upstream
from spaceport.domain.space import Rest, Space
from spaceport.domain.stage import SERVING, Stage
from spaceport.rollout.sign_in import sign_in_variables
from spaceport.rollout.view import View, serving_instance
from spaceport.settings import Settings
from spaceport_runner.contract import static_root


@dataclass(frozen=True)
class Doors:
    """What opens a private Space: SHA-256 of the tokens of those who may read it, and the key of signed links."""

    token_hashes: frozenset[str]
    sign_key: str


def route_of(
    space: Space,
    view: View,
    settings: Settings,
    doors: Doors | None,
    redirects: Sequence[Redirect] = (),
    app: OAuthApp | None = None,
    domains: Sequence[str] = (),
) -> Route:
    """
    Pure: from the Space as computed and the instances as they are; ``doors`` only for private Spaces, ``domains`` its
    own that are active.
    """
    # Whether an app answers on a machine that is not heard of, only its visitors find out: they are not sent away.
    serving = space.stage in SERVING or view.is_lost
    release = view.live_release or view.target
    static_release = view.served_files if serving else None
    card = release.card if release is not None and release.card else space.card
    return Route(
        space_id=space.id,
        space_name=space.full_name,
        title=space.title,
        hosts=(*route_hosts(space, settings), *domains),
        stage=space.stage,
        reason=space.stage_reason,
        desired=space.desired,
        upstream=_upstream(view) if serving and static_release is None else None,
        static_root=_static_root(static_release, settings),
        static_index=(static_release.app_file if static_release else "") or "index.html",
        page_url=page_url(space, settings),
        private=space.is_app_private,
        gated=space.is_app_gated,
        token_hashes=doors.token_hashes if doors else frozenset(),
        sign_key=doors.sign_key if doors else "",
        wakes_on_visit=_wakes_on_visit(space),
        wake_seconds=space.thaw_seconds if space.rest is Rest.FROZEN else space.wake_seconds,
        custom_headers=_custom_headers(card),
        allows_embedding=card.get("disable_embedding") is not True,
        base_path=_base_path(card),
        old_hosts=tuple(f"{redirect.subdomain}.{settings.apps_domain}".lower() for redirect in redirects),
        variables=_variables(static_release, app, settings) if static_release else {},
    )


def _wakes_on_visit(space: Space) -> bool:
    """Asleep, or on its way up (whatever is built meanwhile): who comes now waits with those who came before."""
    is_waking = bool(space.wake_tries) and space.stage in (Stage.APP_STARTING, Stage.BUILDING)
    return (space.is_asleep and space.target_release_id is not None) or is_waking


def _upstream(view: View) -> Upstream | None:
    instance = serving_instance(view)
    if instance is None or not instance.host or not instance.port:
        return None
    return Upstream(instance_id=instance.id, host=instance.host, port=instance.port)


def _static_root(release: Release | None, settings: Settings) -> str | None:
    return str(static_root(settings.data_dir.resolve(), release.image)) if release else None


def _variables(release: Release, app: OAuthApp | None, settings: Settings) -> dict[str, str]:
    """Of a static Space: all that its pages know. They sign people in by PKCE, without a secret."""
    return {**release.variables, **sign_in_variables(release, app, settings.hub)}


def _custom_headers(card: dict[str, Any]) -> dict[str, str]:
    headers = card.get("custom_headers")
    return {str(name): str(value) for name, value in headers.items()} if isinstance(headers, dict) else {}


def _base_path(card: dict[str, Any]) -> str:
    """Checked at the door; what got past it long ago is not believed."""
    path = card.get("base_path")
    return path if isinstance(path, str) and path.startswith("/") and not path.startswith("//") else "/"
