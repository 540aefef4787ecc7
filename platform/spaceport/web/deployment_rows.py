"""The history of a Space's deployments, in the words of the page that lists them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from spaceport.domain.build import Build, BuildStatus
from spaceport.domain.push import Push
from spaceport.domain.release import Release, ReleaseKind, ReleaseStatus
from spaceport.domain.rollback import refusal
from spaceport.domain.space import Desired, Space
from spaceport.domain.stage import Stage
from spaceport.translating import marked, translated
from spaceport.web.comparison import Comparison, compare

KINDS = {
    ReleaseKind.PUSH: marked("push"),
    ReleaseKind.REBUILD: marked("rebuild"),
    ReleaseKind.FACTORY: marked("factory rebuild"),
    ReleaseKind.CONFIG: marked("configuration"),
    ReleaseKind.ROLLBACK: marked("rollback"),
}
#: What a release has come to, and the colour of the words.
_RELEASE_RESULTS = {
    ReleaseStatus.STARTING: (marked("starting"), "busy"),
    ReleaseStatus.LIVE: (marked("current"), "idle"),
    ReleaseStatus.RETIRED: (marked("worked"), "idle"),
    ReleaseStatus.FAILED: (marked("did not start"), "bad"),
    ReleaseStatus.SUPERSEDED: (marked("replaced before it was live"), "idle"),
}
_BUILD_RESULTS = {
    BuildStatus.QUEUED: (marked("queued"), "busy"),
    BuildStatus.RUNNING: (marked("building"), "busy"),
    BuildStatus.SUCCEEDED: (marked("built"), "busy"),
    BuildStatus.FAILED: (marked("build failed"), "bad"),
    BuildStatus.CANCELLED: (marked("cancelled"), "idle"),
    BuildStatus.SUPERSEDED: (marked("replaced by a newer push"), "idle"),
}


@dataclass(frozen=True)
class DeploymentRow:
    """
    A release, or a build that did not come to one.

    ``tone`` is ``ok``, ``busy``, ``bad`` or ``idle``. ``can_roll_back`` as ``domain.rollback.refusal`` allows.
    """

    sha: str
    message: str
    by: str
    at: datetime
    kind: str
    result: str
    tone: str
    cause: str | None = None
    suggestion: str | None = None
    release: Release | None = None
    build: Build | None = None
    is_serving: bool = False
    can_roll_back: bool = False
    build_seconds: float | None = None
    start_seconds: float | None = None
    source_number: int | None = None
    comparison: Comparison = field(default_factory=Comparison)

    @property
    def build_id(self) -> str | None:
        if self.build is not None:
            return self.build.id
        return self.release.build_id if self.release else None


def deployment_rows(
    space: Space,
    releases: Sequence[Release],
    builds: Sequence[Build],
    pushes: Mapping[str, Push],
    serving_release_id: str | None,
    limit: int,
) -> list[DeploymentRow]:
    """Newest first. ``pushes`` are by commit."""
    by_id = {release.id: release for release in releases}
    by_number = {release.number: release for release in releases}
    built = {release.build_id for release in releases}
    rows = [
        release_row(
            space,
            release,
            by_number.get(release.number - 1),
            by_id.get(release.source_release_id or ""),
            release.id == serving_release_id,
        )
        for release in releases
    ]
    rows += [_build_row(build, pushes.get(build.sha)) for build in builds if build.id not in built]
    oldest = min((row.at for row in rows[: len(releases)]), default=None) if len(releases) >= limit else None
    rows = [row for row in rows if oldest is None or row.at >= oldest]
    return sorted(rows, key=lambda row: row.at, reverse=True)[:limit]


def release_row(
    space: Space, release: Release, before: Release | None, source: Release | None, is_serving: bool
) -> DeploymentRow:
    """``before`` is the release of the number before, ``source`` the one whose image it took over."""
    result, tone = (marked("live"), "ok") if is_serving else _RELEASE_RESULTS[release.status]
    cause, suggestion = release.failure, release.suggestion
    if _is_down(space, release):
        result, tone = marked("not running"), "bad"
        cause, suggestion = space.stage_reason, space.suggestion
    started = (release.live_at - release.created_at).total_seconds() if release.live_at else None
    return DeploymentRow(
        sha=release.sha,
        message=release.message,
        by=release.created_by,
        at=release.created_at,
        kind=translated(KINDS[release.kind]),
        result=translated(result),
        tone=tone,
        cause=cause,
        suggestion=suggestion,
        release=release,
        is_serving=is_serving,
        can_roll_back=refusal(space, release) is None,
        build_seconds=release.build_seconds,
        start_seconds=started,
        source_number=source.number if source else None,
        comparison=compare(before, release),
    )


def _is_down(space: Space, release: Release) -> bool:
    """It was live, and its app ended or its machine went away."""
    if release.status is not ReleaseStatus.LIVE or release.id != space.target_release_id:
        return False
    return space.stage is Stage.RUNTIME_ERROR or space.desired is Desired.SUSPENDED


def _build_row(build: Build, push: Push | None) -> DeploymentRow:
    result, tone = _BUILD_RESULTS[build.status]
    took = (build.finished_at - build.started_at).total_seconds() if build.started_at and build.finished_at else None
    return DeploymentRow(
        sha=build.sha,
        message=push.message if push else "",
        by=build.requested_by or (push.pushed_by if push else build.trigger),
        at=build.created_at,
        kind=translated(_build_kind(build)),
        result=translated(result if build.status is not BuildStatus.RUNNING else build.phase or result),
        tone=tone,
        cause=build.reason,
        suggestion=build.suggestion,
        build=build,
        build_seconds=took,
    )


def _build_kind(build: Build) -> str:
    if build.use_lock:
        return marked("rebuild with the versions that worked")
    return KINDS[ReleaseKind.FACTORY] if build.no_cache else build.trigger.split(" ")[0]
