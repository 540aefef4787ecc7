"""What was deployed of a commit, in one word and one line. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from spaceport.domain.build import Build, BuildStatus
from spaceport.domain.push import Push
from spaceport.domain.release import Release, ReleaseStatus
from spaceport.domain.space import Space

#: State, words, and the colour of the words. ``current`` is what visitors get when the Space runs again.
_RELEASES = {
    ReleaseStatus.STARTING: ("building", "starting", "busy"),
    ReleaseStatus.LIVE: ("current", "current, not running", "idle"),
    ReleaseStatus.RETIRED: ("replaced", "worked, replaced since", "idle"),
    ReleaseStatus.FAILED: ("failed", "did not start", "bad"),
    ReleaseStatus.SUPERSEDED: ("superseded", "replaced before it was live", "idle"),
}
_BUILDS = {
    BuildStatus.QUEUED: ("building", "queued", "busy"),
    BuildStatus.RUNNING: ("building", "building", "busy"),
    BuildStatus.SUCCEEDED: ("building", "built", "busy"),
    BuildStatus.FAILED: ("failed", "build failed", "bad"),
    BuildStatus.CANCELLED: ("cancelled", "build cancelled", "idle"),
    BuildStatus.SUPERSEDED: ("superseded", "superseded before it was built", "idle"),
}


@dataclass(frozen=True)
class CommitStatus:
    """
    ``state`` is live, current, building, failed, replaced, rolled-back, superseded, cancelled or never-deployed.

    ``cause`` is one line for what failed. ``tone`` is ``ok``, ``busy``, ``bad`` or ``idle``. ``release`` is a number.
    """

    state: str
    words: str
    tone: str
    cause: str | None = None
    release: int | None = None
    build_id: str | None = None


def commit_status(
    releases: Sequence[Release],
    builds: Sequence[Build],
    push: Push | None,
    serving_release_id: str | None,
    was_rolled_back: bool = False,
    is_stopped: bool = False,
) -> CommitStatus:
    """
    The status of one commit from its own releases and builds (newest first) and its last push.

    What visitors get goes first, then what is being built, then what was tried last. ``was_rolled_back`` tells that
    the newest release gave way to an earlier one, ``is_stopped`` that nothing of the Space is to run now.
    """
    serving = next((release for release in releases if release.id == serving_release_id), None)
    if serving is not None:
        return CommitStatus("live", "live", "ok", release=serving.number, build_id=serving.build_id)
    released = {release.build_id for release in releases}
    build = next((build for build in builds if build.id not in released), None)
    release = releases[0] if releases else None
    if build is not None and (release is None or build.is_active or build.created_at > release.created_at):
        return _of_build(build)
    if release is not None:
        return _of_release(release, was_rolled_back, is_stopped)
    if push is not None and push.problem:
        return CommitStatus("failed", "cannot be deployed", "bad", _line(push.problem))
    words = "never deployed" if push is None else "superseded before it was built"
    return CommitStatus("never-deployed" if push is None else "superseded", words, "idle")


def newest_push(push: Push, space: Space) -> CommitStatus:
    """The status of the newest push of a Space, where nothing was built of it."""
    if push.id != space.planned_push_id:
        # It is about to be built, or waits until its Space may run.
        return CommitStatus("building", "waiting to be built", "busy")
    if space.build_failure:
        return CommitStatus("failed", "cannot be deployed", "bad", _line(space.build_failure))
    # Somebody went back to an earlier release before it was its turn.
    return commit_status([], [], push, None)


def _of_build(build: Build) -> CommitStatus:
    state, words, tone = _BUILDS[build.status]
    is_running = build.status is BuildStatus.RUNNING
    cause = _line(build.reason) if state == "failed" else None
    return CommitStatus(state, (build.phase or words) if is_running else words, tone, cause, build_id=build.id)


def _of_release(release: Release, was_rolled_back: bool, is_stopped: bool) -> CommitStatus:
    state, words, tone = _RELEASES[release.status]
    if release.status is ReleaseStatus.STARTING and is_stopped:
        words, tone = "starts when the Space is to run again", "idle"
    if release.status is ReleaseStatus.RETIRED and was_rolled_back:
        state, words = "rolled-back", "worked, then rolled back"
    cause = _line(release.failure) if state == "failed" else None
    return CommitStatus(state, words, tone, cause, release.number, release.build_id)


def _line(text: str | None) -> str | None:
    return next(iter((text or "").strip().splitlines()), None)
