"""A Space's volume as its instances meet it: where it is for them, and whose it is."""

import fcntl
import os
from pathlib import Path

from spaceport_runner.engines.bubblewrap import FIRST_UID
from spaceport_runner.engines.engine import StartFailed
from spaceport_runner.engines.instance_folder import give_to
from spaceport_runner.volumes import VolumeError, make_volume

VOLUME_INSIDE = "/data"
#: Tells an app where its volume is; the only way to find it where apps run without walls.
VOLUME_VARIABLE = "SPACE_DATA_DIR"
#: What holds of quotas, for ``Capabilities.not_isolated``.
VOLUME_WATCHED = "the size of /data is measured every few seconds: an app that outgrows its quota is stopped then"
#: Users of Spaces with a volume: above those of instances, which end with the highest port.
FIRST_VOLUME_UID = FIRST_UID + 100_000
VOLUME_UIDS = 1_000_000


def owned_volume(data_dir: Path, space_id: str, uid: int | None) -> Path:
    """
    The folder of a Space's volume, made where it is missing, all of it belonging to ``uid`` (None: to the runner).

    Raises: StartFailed.
    """
    try:
        data = make_volume(data_dir, space_id)
        if uid is not None and data.stat().st_uid != uid:
            give_to(data, uid)
    except PermissionError as error:
        raise StartFailed(
            "this Spaceport cannot give /data to the app: its runner is neither root nor the app's user"
        ) from error
    except (VolumeError, OSError) as error:
        raise StartFailed(f"the folder of /data cannot be made: {error}") from error
    return data


def owner_of_volume(data_dir: Path, space_id: str) -> int:
    """
    The user that all instances of a Space share because they share a volume; no two Spaces have the same.

    It is on record as the owner of the folder. Raises: StartFailed.
    """
    data = owned_volume(data_dir, space_id, None)
    volumes = data.parent.parent
    handle = os.open(volumes / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        own = data.stat().st_uid
        if own in range(FIRST_VOLUME_UID, FIRST_VOLUME_UID + VOLUME_UIDS):
            return own
        fresh = next_uid({each.stat().st_uid for each in volumes.glob("*/data")})
        give_to(data, fresh)
        return fresh
    finally:
        os.close(handle)


def next_uid(taken: set[int]) -> int:
    """A number above all that are taken, so that a removed Space's is not given out at once."""
    return max({FIRST_VOLUME_UID - 1, *taken}) + 1
