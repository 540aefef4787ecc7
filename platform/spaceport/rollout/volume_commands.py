"""What the owner of a Space may do with its /data."""

from dataclasses import replace

from spaceport.deployments import deploy, still_there, successor
from spaceport.domain.access import Action, require, require_right_to_start
from spaceport.domain.account import Caller
from spaceport.domain.events import Event, EventKind
from spaceport.domain.history import HappeningKind
from spaceport.domain.mount import in_the_way_of_storage, mounts_of
from spaceport.domain.release import Release, ReleaseKind
from spaceport.domain.space import Desired, Space
from spaceport.domain.words import memory_words
from spaceport.errors import BadRequest, Conflict, NotFound
from spaceport.owner_usage import check_storage
from spaceport.rollout.config_change import change_config, check_runs
from spaceport.rollout.snapshots import snapshots_of
from spaceport.services import Services

#: The largest /data that anybody may ask for: a mistake in a unit must not become a promise.
MAX_VOLUME_BYTES = 16 * 1024**4


def set_volume(services: Services, space: Space, caller: Caller, volume_bytes: int) -> None:
    """
    Quota of /data, 0 for none; what is in it stays on the disk and is there again with a new quota.

    Raises: BadRequest, Conflict where a repo is mounted there, AccessDenied where the owner's quota is smaller, and as
    ``require``.
    """
    check_runs(space, "/data")
    if not 0 <= volume_bytes <= MAX_VOLUME_BYTES:
        raise BadRequest(f"the size of /data must be 0 to {MAX_VOLUME_BYTES} bytes; given: {volume_bytes}")
    with change_config(services, space, caller) as change:
        mounted = in_the_way_of_storage(mounts_of(change.space))
        if volume_bytes and mounted is not None:
            raise Conflict(
                f"{mounted.words} is mounted at {mounted.mount_path}, where storage would be: mount it elsewhere first"
            )
        if volume_bytes != change.space.volume_bytes:
            if volume_bytes > change.space.volume_bytes:
                held_bytes = change.space.volume_used_bytes or 0
                check_storage(change.tx, services.settings, change.space.owner_id, volume_bytes, held_bytes)
            change.tx.spaces.update(change.space.id, volume_bytes=volume_bytes)
            words = (
                f"/data of at most {memory_words(volume_bytes)}"
                if volume_bytes
                else "/data detached, its files are kept"
            )
            change.tell(words, reaches_app=True, starts_anew=True, volume_bytes=volume_bytes)


def restore_snapshot(services: Services, space: Space, caller: Caller, name: str) -> Release:
    """
    Deploy what serves once more, on a copy of /data: the runner puts it in place before the first start.

    What /data holds now is copied before, like before every release, so that this can be undone the same way.

    Raises: NotFound, Conflict when there is nothing to deploy, AccessDenied, and as ``require``.
    """
    require(caller, Action.DEPLOY, space)
    now = services.clock.now()
    with services.database.begin() as tx:
        current = still_there(tx, space)
        require_right_to_start(caller, current)
        if not current.volume_bytes:
            raise Conflict(f"{current.full_name} has no /data: give it a volume first")
        if name not in {snapshot.name for snapshot in snapshots_of(services.settings.data_dir, current.id)}:
            raise NotFound(f"{current.full_name} has no copy {name!r} of its /data (any more)")
        source = tx.releases.get(current.target_release_id) if current.target_release_id else None
        if source is None:
            raise Conflict(f"{current.full_name} has no release to start yet: push an app to main first")
        message = f"/data as it was in {name}"
        fresh = successor(tx, source, ReleaseKind.CONFIG, caller.name, now, message)
        release = replace(fresh, restore_from=name)
        tx.spaces.update(current.id, desired=Desired.RUNNING, stop_reason=None, review_requested_at=None)
        deploy(tx, current, release, now)
        details = {"command": "restore_snapshot", "snapshot": name, "release": release.number}
        tx.history.add(current.id, now, HappeningKind.COMMAND, caller.name, f"put back {message}", details)
    services.events.publish(Event(EventKind.COMMANDED, space.id))
    return release
