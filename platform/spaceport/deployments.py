"""A deployment: the row of a release, and the Space turned towards it. Everybody who deploys does it through here."""

from dataclasses import replace
from datetime import datetime

from spaceport.domain.config import current_versions
from spaceport.domain.history import HappeningKind
from spaceport.domain.names import new_id
from spaceport.domain.release import Release, ReleaseKind, ReleaseStatus
from spaceport.domain.space import Rest, Space
from spaceport.interfaces import Transaction

#: Rows of history kept of each Space.
HISTORY_KEPT = 1000


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
    """A new release of the image of another one, with its configuration."""
    return replace(
        source,
        id=new_id(),
        number=tx.releases.next_number(source.space_id),
        kind=kind,
        created_by=created_by,
        created_at=now,
        message=message or source.message,
        source_release_id=source.id,
        build_seconds=None,
        status=ReleaseStatus.STARTING,
        live_at=None,
        ended_at=None,
        failure=None,
    )


def deploy(tx: Transaction, space: Space, release: Release, now: datetime) -> None:
    """Write the release down and make it what should serve; one that did not come up yet is superseded."""
    for unfinished in tx.releases.starting(space.id):
        tx.releases.update(unfinished.id, status=ReleaseStatus.SUPERSEDED, ended_at=now)
    tx.releases.add(release)
    tx.spaces.update(
        space.id,
        target_release_id=release.id,
        generation=space.generation + 1,
        build_failure=None,
        start_failure=None,
        suggestion=None,
        rest=Rest.AWAKE,
        rest_reason=None,
        rest_since=now,
        wake_tries=0,
    )
    record_release(tx, release, now, f"release {release.number}: {_words(release)}")


def record_release(tx: Transaction, release: Release, now: datetime, summary: str) -> None:
    """A line in the history of the Space about one of its releases."""
    details = {
        "release": release.number,
        "kind": str(release.kind),
        "status": str(release.status),
        "sha": release.sha,
        "message": release.message,
        "failure": release.failure,
    }
    tx.history.add(release.space_id, now, HappeningKind.RELEASE, release.created_by, summary, details)


def _words(release: Release) -> str:
    return {
        ReleaseKind.PUSH: f"push of {release.sha[:7]} by {release.created_by}",
        ReleaseKind.REBUILD: f"rebuilt by {release.created_by}",
        ReleaseKind.FACTORY: f"rebuilt without cache by {release.created_by}",
        ReleaseKind.CONFIG: f"configuration changed by {release.created_by}",
        ReleaseKind.ROLLBACK: f"rolled back to {release.sha[:7]} by {release.created_by}",
    }[release.kind]
