"""A release: one deployment of a Space, kept with everything needed to serve it again."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class ReleaseKind(StrEnum):
    """
    What a deployment came from.

    ``push``, ``rebuild`` and ``factory`` (a rebuild that uses no cache) made a new image; ``config`` (another variable,
    secret, hardware or volume) and ``rollback`` start an image that was there.
    """

    PUSH = "push"
    REBUILD = "rebuild"
    FACTORY = "factory"
    CONFIG = "config"
    ROLLBACK = "rollback"


class ReleaseStatus(StrEnum):
    """
    ``starting`` until an instance answers; then ``live`` until another release takes over: ``retired``.

    ``failed`` never answered; ``superseded`` was replaced before it could.
    """

    STARTING = "starting"
    LIVE = "live"
    RETIRED = "retired"
    FAILED = "failed"
    SUPERSEDED = "superseded"


@dataclass(frozen=True)
class Release:
    """
    One row per deployment; starting its image again on ``runner_id`` needs no build.

    ``number`` counts from 1 in each Space. ``build_id`` is the build that made the image, for this or an earlier
    release (``source_release_id`` then names the one it was taken over from). ``variables`` are values,
    ``secret_versions`` only name which version of each secret it runs with. ``lock`` lists what was installed, one
    requirement a line. ``restore_from`` names the copy of /data that it begins with, if not with what is there.
    ``build_seconds`` is None where nothing was built. ``live_at`` is when it first answered: one that has it worked.
    ``failure`` is why it did not come up, ``suggestion`` what may be tried, where anybody can tell.
    ``image_gone`` is set when a runner was asked to start the image and had it no more.
    """

    id: str
    space_id: str
    build_id: str
    number: int
    sha: str
    sdk: str
    template: str
    image: str
    runner_id: str
    app_file: str
    app_port: int
    created_at: datetime
    kind: ReleaseKind = ReleaseKind.PUSH
    created_by: str = ""
    message: str = ""
    deps_hash: str = ""
    lock: str | None = None
    card: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    secret_versions: dict[str, int] = field(default_factory=dict)
    hardware: str = "cpu-basic"
    source_release_id: str | None = None
    restore_from: str = ""
    build_seconds: float | None = None
    status: ReleaseStatus = ReleaseStatus.STARTING
    live_at: datetime | None = None
    ended_at: datetime | None = None
    failure: str | None = None
    suggestion: str | None = None
    image_gone: bool = False

    @property
    def snapshot_name(self) -> str:
        """What the copy of /data is called that is made before its first start."""
        return f"before-release-{self.number}"

    @property
    def has_worked(self) -> bool:
        return self.live_at is not None


@dataclass(frozen=True)
class ReleaseImage:
    """What the collection of old images needs of a release. ``live_at`` is None where it never worked."""

    release_id: str
    space_id: str
    number: int
    image: str
    runner_id: str
    deps_hash: str
    status: ReleaseStatus
    live_at: datetime | None

    @property
    def is_files(self) -> bool:
        """That of a static Space is a folder below the Space's own, in the data folder that all runners share."""
        return self.image.startswith(f"{self.space_id}/")
