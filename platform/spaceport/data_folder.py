"""The folder of all state: who on this machine may look into it."""

import stat
from contextlib import suppress
from pathlib import Path


def make_data_folder(folder: Path) -> None:
    """
    Make it for this user alone; one that is there is closed to others, what its group may do stays.

    In it are password hashes, the repos and logs of private Spaces, and files of apps whose own rights do not say who
    may read them: this one door is in front of all. A folder of somebody else is left as it is.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with suppress(PermissionError):
        folder.chmod(stat.S_IMODE(folder.stat().st_mode) & ~stat.S_IRWXO)
