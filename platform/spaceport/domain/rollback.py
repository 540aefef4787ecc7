"""Going back to an earlier release: whether that can be, and what does not come back with it."""

from collections.abc import Iterable

from spaceport.domain.config import Secret, current_versions
from spaceport.domain.release import Release
from spaceport.domain.space import Space


def refusal(space: Space, release: Release) -> str | None:
    """Why the Space cannot go back to this release; None when it can."""
    name = f"release {release.number} of {space.full_name}"
    if release.id == space.target_release_id:
        return f"{name} is what serves already"
    if not release.has_worked:
        return f"{name} never worked ({release.failure or release.status}): choose one that did"
    if release.image_gone:
        return f"the image of {name} was cleared away: push the commit {release.sha[:7]} again to have it rebuilt"
    return None


def secret_versions_of(release: Release, secrets: Iterable[Secret]) -> dict[str, int]:
    """The versions that the release ran with, of the secrets that were not removed since."""
    kept = current_versions(secrets)
    return {key: version for key, version in release.secret_versions.items() if key in kept}


def left_behind(space: Space, release: Release, secrets: Iterable[Secret]) -> list[str]:
    """What people must know before they go back to the release: one line for each thing that does not come back."""
    lines = []
    removed = sorted(release.secret_versions.keys() - secret_versions_of(release, secrets).keys())
    if removed:
        words = "secret" if len(removed) == 1 else "secrets"
        lines.append(f"the {words} {', '.join(removed)} had a value then, was removed since and cannot be brought back")
    if space.volume_bytes:
        lines.append("the files in /data stay as they are now: restore a snapshot if they should go back too")
    if space.mounts:
        lines.append("it goes on with the volumes that are mounted now")
    if release.hardware != space.hardware:
        lines.append(f"it ran on {release.hardware} then; it goes on with {space.hardware}")
    return lines
