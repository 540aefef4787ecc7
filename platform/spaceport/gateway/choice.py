"""Decides who answers a request: the gateway itself, a folder of files, or an instance. Pure."""

from dataclasses import dataclass
from pathlib import Path

from spaceport.domain.route import Route, Upstream
from spaceport.domain.stage import SERVING, Stage
from spaceport.gateway.wire import RequestHead

HEALTH_PATH = b"/_spaceport/health"


@dataclass(slots=True)
class TellHealth:
    """The gateway's own health."""


@dataclass(slots=True)
class TellUnknown:
    """No Space has this host."""


@dataclass(slots=True)
class TellStage:
    """The Space does not serve: say why."""

    route: Route


@dataclass(slots=True)
class ServeFiles:
    """A static Space."""

    route: Route
    root: Path


@dataclass(slots=True)
class Forward:
    """A running instance."""

    route: Route
    upstream: Upstream


@dataclass(slots=True)
class Await:
    """Nothing serves, but soon something will: the Space is asleep and will be woken, starts, or is being swapped."""

    route: Route


Choice = TellHealth | TellUnknown | TellStage | ServeFiles | Forward | Await


def choose(head: RequestHead, route: Route | None) -> Choice:
    """Who answers; ``route`` is that of the request's host."""
    if head.target.startswith(HEALTH_PATH) and head.path == HEALTH_PATH:
        return TellHealth()
    if route is None:
        return TellUnknown()
    if route.upstream is not None:
        return Forward(route, route.upstream)
    if route.static_root is not None:
        return ServeFiles(route, Path(route.static_root))
    if route.wakes_on_visit or route.stage is Stage.APP_STARTING or route.stage in SERVING:
        return Await(route)
    return TellStage(route)
