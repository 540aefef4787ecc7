"""How the gateway reaches a Space: what the controller writes and the gateway reads."""

from collections.abc import Iterable, Mapping

from pydantic import BaseModel, ConfigDict

from spaceport.domain.space import Desired
from spaceport.domain.stage import Stage


class Upstream(BaseModel):
    """The address of one running instance, as reported by the runner's agent."""

    model_config = ConfigDict(frozen=True)

    instance_id: str
    host: str
    port: int


class Route(BaseModel):
    """
    Everything the gateway needs to answer for one Space, without asking anybody.

    ``hosts`` are bare names or addresses without port, lower case: the Space's subdomain under the apps domain, its own
    loopback address, and its custom domains. Either ``upstream`` or ``static_root`` is set while the Space serves; with
    neither, the gateway answers with a page (or JSON) that tells ``stage`` and ``reason``; ``desired`` tells who paused
    it. ``version`` grows with every write of any route. A ``private`` Space answers only who shows a token
    (``token_hashes`` are SHA-256) or a link signed with ``sign_key``, see ``domain.app_access``; to everybody else it
    is not there, or, where it is ``gated``, closed until its owner lets them in.

    With ``wakes_on_visit`` nothing serves because the Space is asleep: a visit is noted under WAKES_KEY and held, or
    shown a page, until the route has an upstream; ``wake_seconds`` is how long that took before. ``custom_headers`` go
    on every answer. ``allows_embedding`` is False where no other site may frame it. ``base_path`` is the first page.
    ``old_hosts`` are those it had before a rename: they lead to the first of ``hosts``. ``variables`` are the public
    ones, for static Spaces.
    """

    model_config = ConfigDict(frozen=True)

    space_id: str
    space_name: str
    title: str
    hosts: tuple[str, ...]
    stage: Stage
    reason: str | None = None
    desired: Desired = Desired.RUNNING
    upstream: Upstream | None = None
    static_root: str | None = None
    static_index: str = "index.html"
    page_url: str = ""
    private: bool = False
    gated: bool = False
    token_hashes: frozenset[str] = frozenset()
    sign_key: str = ""
    wakes_on_visit: bool = False
    wake_seconds: float | None = None
    custom_headers: dict[str, str] = {}
    allows_embedding: bool = True
    base_path: str = "/"
    old_hosts: tuple[str, ...] = ()
    variables: dict[str, str] = {}
    version: int = 0


#: Redis hash: space id -> Route as JSON. The controller owns it and can write it anew at any time.
ROUTES_KEY = "spaceport:routes"
#: Redis counter: grows by one with every write to ROUTES_KEY.
ROUTES_VERSION_KEY = "spaceport:routes:version"
#: Redis pub/sub channel: the id of the space whose route changed, or "*" for "read everything again".
ROUTES_CHANNEL = "spaceport:routes:changed"
#: Redis hash: ``<space id>:<field of Activity>`` -> number, written by all gateways at most once a second. They add to
#: the counters and set the times, so that no gateway hides what another one saw; see ``read_activity``.
ACTIVITY_KEY = "spaceport:activity"
#: Redis hash: space id -> seconds since the epoch of the first visit to a sleeping Space. Gateways add (and publish an
#: event, which may be lost), the controller removes what it took up.
WAKES_KEY = "spaceport:wakes"
#: Redis key prefix: one key per gateway holding a ``GatewayReport`` as JSON, with a lifetime.
GATEWAY_KEY = "spaceport:gateway:"
#: Seconds after which a gateway that did not report is taken for gone.
GATEWAY_LIFETIME_SECONDS = 10


class Activity(BaseModel):
    """
    Visits of one Space as counted by all gateways; times are seconds since the epoch, UTC.

    ``last_use_at`` leaves out what keeps nobody busy (known bots, Gradio's heartbeats): it decides about sleep, and
    moves on as long as something is under way. ``open`` counts that: requests, streams, sockets and held requests.
    """

    last_visit_at: float
    requests: int
    errors: int = 0
    last_use_at: float | None = None
    open: int = 0


class GatewayReport(BaseModel):
    """
    What a gateway tells the controller, at least every two seconds and at once when a drain ends.

    ``busy`` counts requests in flight per instance id (Gradio's heartbeat streams excepted: a tab left open must not
    hold a drain). An instance may be stopped once every gateway reports ``routes_version`` at or past the swap and no
    busy requests on it. ``open`` counts what people and programs have under way per Space id.
    """

    gateway_id: str
    routes_version: int
    busy: dict[str, int] = {}
    open: dict[str, int] = {}


def read_activity(fields: Mapping[str, str], gateways: Iterable[GatewayReport]) -> dict[str, Activity]:
    """The activity of each Space, from all of ACTIVITY_KEY and from the reports of the gateways that are there."""
    found: dict[str, dict[str, str | int]] = {}
    for field, value in fields.items():
        space_id, _, name = field.rpartition(":")
        found.setdefault(space_id, {})[name] = value
    for gateway in gateways:
        for space_id, count in gateway.open.items():
            space = found.setdefault(space_id, {})
            space["open"] = int(space.get("open", 0)) + count
    return {
        space_id: Activity.model_validate({"last_visit_at": 0, "requests": 0, **values})
        for space_id, values in found.items()
    }
