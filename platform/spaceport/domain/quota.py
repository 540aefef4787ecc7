"""How much of the platform one owner may have, where an admin decided it for them alone. Pure."""

from dataclasses import dataclass
from datetime import datetime

#: Instead of a number: as much as there is.
UNLIMITED = -1


@dataclass(frozen=True)
class Quota:
    """
    What an admin decided for one owner: ``UNLIMITED``, a number, or None where the owner is like everybody.

    ``spaces`` counts those there are, ``running`` those that run or start at the same time. ``memory_bytes``, ``cpus``
    and ``gpus`` are what running Spaces may take together, ``storage_bytes`` what large files and /data may.
    """

    owner_id: str
    changed_at: datetime
    changed_by: str
    spaces: int | None = None
    running: int | None = None
    memory_bytes: int | None = None
    cpus: float | None = None
    gpus: int | None = None
    storage_bytes: int | None = None
