"""A Space: what is wanted of it and what is known of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from spaceport.domain.hub_fields import HubFields
from spaceport.domain.stage import Stage
from spaceport.domain.visibility import Visibility


class Desired(StrEnum):
    """
    What is wanted of a Space; the controller works towards it.

    ``paused`` by its owner, ``stopped`` by an admin, ``suspended`` by the platform itself: three different things.
    """

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    SUSPENDED = "suspended"
    DELETED = "deleted"


class Rest(StrEnum):
    """
    How deep a Space that should run is asleep.

    ``frozen`` keeps its memory and wakes in milliseconds, ``stopped`` keeps nothing but the disk.
    """

    AWAKE = "awake"
    FROZEN = "frozen"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Space(HubFields):
    """
    One row per Space.

    ``head_sha`` is where ``main`` is; ``target_release_id`` what should serve, with ``generation`` growing by one for
    every deployment, restart or replacement of a crashed instance. ``failed_generation`` is the last one that did not
    come up: it is not tried again by itself. ``rebuild_requested`` (``rebuild`` or ``factory``) and pushes after
    ``planned_push_id`` are taken by the build planner. ``stage``, ``stage_reason`` and ``stage_deadline_at`` are
    computed by the controller (``domain.stage.compute_stage``) and written nowhere else.

    ``last_use_at`` is the last visit that counts as use; ``wake_tries`` counts the starts since it was woken, 0 when it
    is not waking. ``wake_seconds`` is how long the last wake from stopped took, ``thaw_seconds`` the last from frozen.

    ``hardware`` is what was asked for; what runs has that of its release. ``sleep_seconds`` is None for the default of
    the hardware, -1 for never. ``waiting_since`` is set while there is no room to start it. ``volume_bytes`` is the
    quota of its /data, 0 for none; ``volume_is_stale`` when what it holds could not be counted again in time.
    ``mounts`` are rows of ``domain.mount``: repos that its app sees as folders.
    ``linked`` holds the ``models`` and ``datasets`` that its code names. A Space does not start while a secret of
    ``missing_secrets`` is not set. ``links_version`` grows when signed links to its app are revoked. Who may not see a
    private Space gets into its app all the same where ``is_app_open``. ``creator_id`` to ``used_bytes`` are what all
    repos have: see ``domain.repo``.
    """

    id: str
    owner_id: str
    owner: str
    name: str
    subdomain: str
    loopback_address: str
    sdk: str
    private: bool
    created_at: datetime
    modified_at: datetime
    hardware: str = "cpu-basic"
    card: dict[str, Any] = field(default_factory=dict)
    linked: dict[str, Any] = field(default_factory=dict)
    has_app: bool = False
    head_sha: str | None = None
    desired: Desired = Desired.RUNNING
    stop_reason: str | None = None
    target_release_id: str | None = None
    generation: int = 0
    failed_generation: int = -1
    build_failure: str | None = None
    start_failure: str | None = None
    suggestion: str | None = None
    rebuild_requested: str | None = None
    rebuild_by: str | None = None
    planned_push_id: str | None = None
    stage: Stage = Stage.NO_APP_FILE
    stage_reason: str | None = None
    stage_since: datetime | None = None
    stage_deadline_at: datetime | None = None
    last_visit_at: datetime | None = None
    visits: int = 0
    sleep_seconds: int | None = None
    rest: Rest = Rest.AWAKE
    rest_since: datetime | None = None
    rest_reason: str | None = None
    last_use_at: datetime | None = None
    wake_tries: int = 0
    wake_seconds: float | None = None
    thaw_seconds: float | None = None
    waiting_since: datetime | None = None
    volume_bytes: int = 0
    volume_used_bytes: int | None = None
    volume_is_stale: bool = False
    mounts: list[dict[str, Any]] = field(default_factory=list)
    missing_secrets: list[str] = field(default_factory=list)
    duplicated_from: str | None = None
    review_requested_at: datetime | None = None
    links_version: int = 0
    is_app_open: bool = False

    @property
    def visibility(self) -> Visibility:
        if not self.private:
            return Visibility.PUBLIC
        return Visibility.PROTECTED if self.is_app_open else Visibility.PRIVATE

    @property
    def is_app_gated(self) -> bool:
        """Whether everybody sees the page, but only who was let in gets into the app."""
        return bool(self.gated) and self.visibility is Visibility.PUBLIC

    @property
    def is_app_private(self) -> bool:
        """Whether visitors need a right to get into the app."""
        return self.visibility is Visibility.PRIVATE or self.is_app_gated

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def is_asleep(self) -> bool:
        return self.desired is Desired.RUNNING and self.rest is not Rest.AWAKE

    @property
    def title(self) -> str:
        return str(self.card.get("title") or self.name)

    @property
    def emoji(self) -> str:
        return str(self.card.get("emoji") or "")
