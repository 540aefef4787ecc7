"""What was deployed of some commits of a Space: read once, for pages and API alike."""

from collections.abc import Mapping, Sequence

from spaceport.domain.commit_status import CommitStatus, commit_status, newest_push
from spaceport.domain.release import Release, ReleaseKind, ReleaseStatus
from spaceport.domain.space import Desired
from spaceport.interfaces import Transaction
from spaceport.live import Snapshot, serving_release_id


def commit_statuses(tx: Transaction, snapshot: Snapshot, shas: Sequence[str]) -> dict[str, CommitStatus]:
    """By commit; those never pushed as the last of a push included."""
    space = snapshot.space
    serving_id = serving_release_id(snapshot)
    releases = tx.releases.of_commits(space.id, shas)
    builds = tx.builds.of_commits(space.id, shas)
    latest = tx.pushes.latest(space.id)
    pushes = tx.pushes.by_shas(space.id, shas)
    after = tx.releases.by_numbers(space.id, {release.number + 1 for release in releases})
    found = {}
    for sha in shas:
        own = [release for release in releases if release.sha == sha]
        own_builds = [build for build in builds if build.sha == sha]
        push = None if own or own_builds else pushes.get(sha)
        if push is not None and latest is not None and push.id == latest.id and not push.problem:
            found[sha] = newest_push(push, space)
            continue
        is_stopped = space.desired is not Desired.RUNNING
        found[sha] = commit_status(own, own_builds, push, serving_id, _was_rolled_back(own, after), is_stopped)
    return found


def _was_rolled_back(releases: Sequence[Release], by_number: Mapping[int, Release]) -> bool:
    if not releases or releases[0].status is not ReleaseStatus.RETIRED:
        return False
    after = by_number.get(releases[0].number + 1)
    return after is not None and after.kind is ReleaseKind.ROLLBACK and after.has_worked
