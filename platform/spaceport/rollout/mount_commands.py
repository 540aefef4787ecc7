"""What the owner of a Space may do with the repos that its app sees as folders."""

from collections.abc import Callable, Sequence

from spaceport.domain.account import Caller
from spaceport.domain.mount import Mount, check_mounts, mounts_of, row_of
from spaceport.domain.space import Space
from spaceport.errors import BadRequest, NotFound
from spaceport.rollout.config_change import change_config, check_runs
from spaceport.services import Services


def set_mounts(services: Services, space: Space, caller: Caller, mounts: Sequence[Mount]) -> None:
    """
    In the place of all that were mounted; the app starts anew with them, without a build.

    The caller has made sure that these repos may be mounted there (``repos.mounting``). Raises: BadRequest, and as
    ``require``.
    """
    _change(services, space, caller, lambda _: list(mounts))


def remove_mounts(services: Services, space: Space, caller: Caller) -> None:
    """
    All of them. Raises: BadRequest when there are none, and as ``set_mounts``.

    Source: huggingface_hub ``delete_space_volumes``.
    """
    _change(services, space, caller, _none_of)


def add_mount(services: Services, space: Space, caller: Caller, mount: Mount) -> None:
    """Beside those that are there. Raises: as ``set_mounts``."""
    _change(services, space, caller, lambda now: [*mounts_of(now), mount])


def remove_mount(services: Services, space: Space, caller: Caller, mount_path: str) -> None:
    """The one at this path. Raises: NotFound, and as ``set_mounts``."""
    _change(services, space, caller, lambda now: _without(now, mount_path))


def _change(services: Services, space: Space, caller: Caller, wanted: Callable[[Space], list[Mount]]) -> None:
    """``wanted`` is asked within the transaction: of two who change the volumes at once, neither undoes the other."""
    check_runs(space, "volumes")
    with change_config(services, space, caller) as change:
        mounts = wanted(change.space)
        check_mounts(mounts, bool(change.space.volume_bytes))
        if mounts != mounts_of(change.space):
            rows = [row_of(mount) for mount in mounts]
            change.tx.spaces.update(change.space.id, mounts=rows)
            # Without the names: who may see the Space may not see all repos that it mounts.
            paths = [mount.mount_path for mount in mounts]
            words = f"volumes at {', '.join(paths)}" if paths else "no volumes any more"
            change.tell(words, reaches_app=True, starts_anew=True, volumes=paths)


def _none_of(space: Space) -> list[Mount]:
    if not space.mounts:
        raise BadRequest(f"{space.full_name} has no volumes")
    return []


def _without(space: Space, mount_path: str) -> list[Mount]:
    mounts = mounts_of(space)
    left = [mount for mount in mounts if mount.mount_path != mount_path]
    if left == mounts:
        raise NotFound(f"{space.full_name} mounts nothing at {mount_path[:255]} (any more)")
    return left
