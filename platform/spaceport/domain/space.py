"""A Space: what is wanted of it and what is known of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from spaceport.domain.stage import Stage


class Desired(StrEnum):
    """What people want of a Space; the controller works towards it."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    DELETED = "deleted"


@dataclass(frozen=True)
class Space:
    """
    One row per Space.

    ``head_sha`` is where ``main`` is; ``target_release_id`` what should serve, with ``generation`` growing by one for
    every deployment, restart or replacement of a crashed instance. ``failed_generation`` is the last one that did not
    come up: it is not tried again by itself. ``rebuild_requested`` (``rebuild`` or ``factory``) and pushes after
    ``planned_push_id`` are taken by the build planner. ``stage``, ``stage_reason`` and ``stage_deadline_at`` are
    computed by the controller (``domain.stage.compute_stage``) and written nowhere else.
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

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def title(self) -> str:
        return str(self.card.get("title") or self.name)

    @property
    def emoji(self) -> str:
        return str(self.card.get("emoji") or "")
