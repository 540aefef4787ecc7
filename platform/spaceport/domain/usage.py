"""What an owner takes of the platform, and how much of it they may. Pure."""

from dataclasses import dataclass
from datetime import datetime

from spaceport.domain.repo import RepoType
from spaceport.domain.visibility import Visibility
from spaceport.domain.words import memory_words


@dataclass(frozen=True)
class SpaceUsage:
    """
    One Space. ``memory_bytes`` is what its instance may take at most, 0 while none holds any; ``used_bytes`` what
    ``/data`` held when it was last measured, ``volume_bytes`` its quota.
    """

    full_name: str
    stage: str
    hardware: str
    memory_bytes: int
    used_bytes: int
    volume_bytes: int


@dataclass(frozen=True)
class RepoUsage:
    """What a repo of any type has on the hub: ``used_bytes`` of large files."""

    full_name: str
    type: RepoType
    modified_at: datetime
    visibility: Visibility
    used_bytes: int


@dataclass(frozen=True)
class Usage:
    """All Spaces of one owner. What is allowed is 0 where there is no limit."""

    spaces: tuple[SpaceUsage, ...]
    spaces_allowed: int
    memory_allowed_bytes: int

    @property
    def memory_bytes(self) -> int:
        return sum(space.memory_bytes for space in self.spaces)

    @property
    def used_bytes(self) -> int:
        return sum(space.used_bytes for space in self.spaces)

    @property
    def volume_bytes(self) -> int:
        return sum(space.volume_bytes for space in self.spaces)


@dataclass(frozen=True)
class MemoryRefusal:
    """Why an app may not run beside the others of its owner; ``is_final`` where it could not even run alone."""

    words: str
    is_final: bool = False


def memory_refusal(needed_bytes: int, others_bytes: int, allowed_bytes: int) -> MemoryRefusal | None:
    """
    Whether an app of ``needed_bytes`` may run beside ``others_bytes`` of the same owner; None where it may.

    ``allowed_bytes`` of 0 is no limit.
    """
    if not allowed_bytes or needed_bytes + others_bytes <= allowed_bytes:
        return None
    needs, allowed = memory_words(needed_bytes), memory_words(allowed_bytes)
    if needed_bytes > allowed_bytes:
        words = f"it needs {needs} of memory, and all running Spaces of an owner may have {allowed} together"
        return MemoryRefusal(words, is_final=True)
    return MemoryRefusal(
        f"it needs {needs} of memory, and other running Spaces of its owner have {memory_words(others_bytes)} of the "
        f"{allowed} that they may have together"
    )
