"""The route of a Space: what gateways are told about it."""

from dataclasses import dataclass
from pathlib import Path

from spaceport.addresses import page_url, route_hosts
from spaceport.domain.instance import Role
from spaceport.domain.route import Route, Upstream
from spaceport.domain.space import Space
from spaceport.domain.stage import SERVING
from spaceport.rollout.decide import View
from spaceport.settings import Settings
from spaceport_runner.contract import InstanceState, static_root


@dataclass(frozen=True)
class Doors:
    """What opens a private Space: SHA-256 of the tokens of those who may read it, and the key of signed links."""

    token_hashes: frozenset[str]
    sign_key: str


def route_of(space: Space, view: View, settings: Settings, doors: Doors | None) -> Route:
    """Pure: from the Space as computed and the instances as they are; ``doors`` only for private Spaces."""
    serving = space.stage in SERVING
    static = serving and view.target is not None and not view.needs_instance
    return Route(
        space_id=space.id,
        space_name=space.full_name,
        title=space.title,
        hosts=route_hosts(space, settings),
        stage=space.stage,
        reason=space.stage_reason,
        upstream=_upstream(view) if serving and not static else None,
        static_root=str(_static_root(view, settings)) if static else None,
        static_index=(view.target.app_file if view.target else "") or "index.html",
        page_url=page_url(space, settings),
        private=space.private,
        token_hashes=doors.token_hashes if doors else frozenset(),
        sign_key=doors.sign_key if doors else "",
    )


def _upstream(view: View) -> Upstream | None:
    """The live instance, at the address its agent reported last, whether or not the agent answers right now."""
    for instance in view.instances:
        report = view.reports.get(instance.id)
        is_down = report is not None and report.state is not InstanceState.READY
        if instance.role is Role.LIVE and instance.host and instance.port and not is_down:
            return Upstream(instance_id=instance.id, host=instance.host, port=instance.port)
    return None


def _static_root(view: View, settings: Settings) -> Path:
    assert view.target is not None
    return static_root(settings.data_dir.resolve(), view.target.image)
