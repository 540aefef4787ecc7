"""A deployment: the row of a release, and the Space turned towards it. Everybody who deploys does it through here."""

from dataclasses import replace
from datetime import datetime

from spaceport.domain.config import current_versions
from spaceport.domain.history import HappeningKind
from spaceport.domain.names import new_id
from spaceport.domain.release import Release, ReleaseKind, ReleaseStatus
from spaceport.domain.space import Desired, Rest, Space
from spaceport.errors import SpaceNotFound
from spaceport.interfaces import Transaction

#: Rows of history kept of each Space.
HISTORY_KEPT = 1000


def still_there(tx: Transaction, space: Space) -> Space:
    """The row of now, of a Space that was read before this transaction. Raises: SpaceNotFound."""
    current = tx.spaces.get(space.id)
    if current is None or current.desired is Desired.DELETED:
        raise SpaceNotFound(f"no Space {space.full_name}")
    return current


def configured(tx: Transaction, space: Space, release: Release) -> Release:
    """The release with the variables, secrets and hardware that the Space has now."""
    return replace(
        release,
        variables={variable.key: variable.value for variable in tx.configs.variables(space.id)},
        secret_versions=current_versions(tx.configs.secrets(space.id)),
        hardware=space.hardware,
    )


def successor(
    tx: Transaction, source: Release, kind: ReleaseKind, created_by: str, now: datetime, message: str = ""
) -> Release:
    """A new release of the image of another one, with its configuration, on the data that is there."""
    return replace(
        source,
        id=new_id(),
        number=tx.releases.next_number(source.space_id),
        kind=kind,
        created_by=created_by,
        created_at=now,
        message=message or source.message,
        source_release_id=source.id,
        restore_from="",
        build_seconds=None,
        status=ReleaseStatus.STARTING,
        live_at=None,
        ended_at=None,
        failure=None,
        suggestion=None,
    )


def deploy(tx: Transaction, space: Space, release: Release, now: datetime) -> None:
    """
    Write the release down and make it what should serve; one that did not come up yet is superseded.

    A changed configuration says nothing about a push that failed: that failure stays in sight.
    """
    for unfinished in tx.releases.starting(space.id):
        tx.releases.update(unfinished.id, status=ReleaseStatus.SUPERSEDED, ended_at=now)
        superseded = replace(unfinished, status=ReleaseStatus.SUPERSEDED)
        record_release(tx, superseded, now, f"release {unfinished.number} superseded before it came up")
    if release.sdk == "static":
        release = _live_at_once(tx, release, now)
    if release.source_release_id is None:
        tx.releases.mark_image(space.id, release.image, gone=False)
    tx.releases.add(release)
    _turn_towards(tx, space, release, now)
    record_release(tx, release, now, f"release {release.number}: {_words(release)}")


def reconfigure(
    tx: Transaction, space: Space, by: str, now: datetime, message: str, has_changed: bool = False
) -> Release | None:
    """
    Deploy what serves with the configuration that the Space has now, without a build.

    Nothing happens where nothing was built yet, or where the configuration is what it was; ``has_changed`` tells of
    what no release holds, such as the volume. Changes in a burst are one release: one that did not come up yet takes
    them in. That of a paused Space waits until it runs.
    """
    target = tx.releases.get(space.target_release_id) if space.target_release_id else None
    if target is None:
        return None
    wanted = configured(tx, space, target)
    if wanted == target and not has_changed:
        return None
    if target.sdk == "docker" and wanted.variables != target.variables:
        message = f"{message} (the build used older variables)"
    if failed := failed_push(tx, target):
        message = f"{message} (release {failed.number} stays failed: rebuild to try it again)"
    if _takes_changes_in(tx, target):
        return _take_in(tx, space, target, wanted, message, now)
    release = successor(tx, wanted, ReleaseKind.CONFIG, by, now, message)
    deploy(tx, space, release, now)
    return release


def failed_push(tx: Transaction, release: Release) -> Release | None:
    """The newest push, if it did not come up and nobody went back since; None when this release is of it."""
    for other in tx.releases.of_space(release.space_id):
        if other.kind is ReleaseKind.ROLLBACK:
            return None
        if other.kind is not ReleaseKind.CONFIG:
            is_failed = other.status is ReleaseStatus.FAILED and other.build_id != release.build_id
            return other if is_failed else None
    return None


def files_before(tx: Transaction, target: Release | None) -> Release | None:
    """The static release that serves until a target that has to start is up; None where nothing of the kind does."""
    if target is None or target.status is ReleaseStatus.LIVE:
        return None
    return next((each for each in tx.releases.live(target.space_id) if each.sdk == "static"), None)


def settled(tx: Transaction, space: Space, release: Release | None) -> dict[str, object]:
    """What is no longer wrong once this release starts or serves: a push that failed before stays in sight."""
    if space.build_failure or (release is not None and failed_push(tx, release) is not None):
        return {}
    return {"start_failure": None, "suggestion": None}


def _live_at_once(tx: Transaction, release: Release, now: datetime) -> Release:
    """Files need no start: they are served as soon as the route names them."""
    for other in tx.releases.live(release.space_id):
        tx.releases.update(other.id, status=ReleaseStatus.RETIRED, ended_at=now)
    return replace(release, status=ReleaseStatus.LIVE, live_at=now)


def _takes_changes_in(tx: Transaction, release: Release) -> bool:
    if release.status is not ReleaseStatus.STARTING:
        return False
    return release.kind is ReleaseKind.CONFIG or not tx.instances.count_of_release(release.id)


def _take_in(tx: Transaction, space: Space, release: Release, wanted: Release, message: str, now: datetime) -> Release:
    """A new generation of the same release; a candidate of the old configuration is taken away."""
    if release.kind is ReleaseKind.CONFIG and message not in release.message:
        wanted = replace(wanted, message=f"{release.message}; {message}"[:500])
    tx.releases.update(
        release.id,
        variables=wanted.variables,
        secret_versions=wanted.secret_versions,
        hardware=wanted.hardware,
        message=wanted.message,
    )
    _turn_towards(tx, space, wanted, now)
    return wanted


def _turn_towards(tx: Transaction, space: Space, release: Release, now: datetime) -> None:
    changes: dict[str, object] = {"build_failure": None, "start_failure": None, "suggestion": None}
    if release.kind is ReleaseKind.CONFIG and (space.build_failure or failed_push(tx, release)):
        changes = {}
    tx.spaces.update(
        space.id,
        target_release_id=release.id,
        generation=space.generation + 1,
        rest=Rest.AWAKE,
        rest_reason=None,
        rest_since=now,
        wake_tries=0,
        **changes,
    )


def record_repair(tx: Transaction, space_id: str, now: datetime, summary: str) -> None:
    """A line in the history of a Space about what the platform put right by itself; the admin's page lists them."""
    tx.history.add(space_id, now, HappeningKind.REPAIR, "system", summary, {})


def record_release(tx: Transaction, release: Release, now: datetime, summary: str) -> None:
    """A line in the history of the Space about one of its releases."""
    details = {
        "release": release.number,
        "kind": str(release.kind),
        "status": str(release.status),
        "sha": release.sha,
        "message": release.message,
        "failure": release.failure,
        "suggestion": release.suggestion,
    }
    tx.history.add(release.space_id, now, HappeningKind.RELEASE, release.created_by, summary, details)


def _words(release: Release) -> str:
    if release.restore_from:
        return f"/data put back by {release.created_by} as it was in {release.restore_from}"
    return {
        ReleaseKind.PUSH: f"push of {release.sha[:7]} by {release.created_by}",
        ReleaseKind.REBUILD: f"rebuilt by {release.created_by}",
        ReleaseKind.FACTORY: f"rebuilt without cache by {release.created_by}",
        ReleaseKind.CONFIG: f"configuration changed by {release.created_by}",
        ReleaseKind.ROLLBACK: f"rolled back to {release.sha[:7]} by {release.created_by}",
    }[release.kind]
