"""What an owner takes of the platform, and how much of it they may. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from spaceport.domain.quota import NO_LIMIT, Allowance
from spaceport.domain.repo import RepoType
from spaceport.domain.room import NOTHING, Size
from spaceport.domain.visibility import Visibility
from spaceport.domain.words import gpu_words, memory_words


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
    """
    All Spaces of one owner. ``taken`` is what those that run take at most, ``running`` how many that are,
    ``stored_bytes`` what large files and /data take.
    """

    spaces: tuple[SpaceUsage, ...]
    allowed: Allowance = NO_LIMIT
    running: int = 0
    taken: Size = NOTHING
    stored_bytes: int = 0

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
class QuotaRefusal:
    """Why an app may not run beside the others of its owner; ``is_final`` where it could not even run alone."""

    words: str
    is_final: bool = False


def quota_refusal(needed: Size, others: Size, running: int, allowed: Allowance) -> QuotaRefusal | None:
    """
    Whether an app of the size ``needed`` may run beside ``running`` others of the same owner, which have the size
    ``others`` together; None where it may.
    """
    found = (
        _count_refusal(running, allowed.running),
        _refusal("memory", needed.memory_bytes, others.memory_bytes, allowed.memory_bytes, _memory),
        _refusal("cpus", needed.cpus, others.cpus, allowed.cpus, lambda cpus: f"{cpus:g} cpus"),
        _refusal("GPUs", needed.gpus, others.gpus, allowed.gpus, lambda gpus: gpu_words(int(gpus))),
    )
    refusals = [each for each in found if each is not None]
    return next((each for each in refusals if each.is_final), next(iter(refusals), None))


def storage_refusal(owner: str, taken_bytes: int, more_bytes: int, allowed_bytes: int | None) -> str | None:
    """Whether an owner may store so much more; None where they may. Who wants nothing more always may."""
    if allowed_bytes is None or more_bytes <= 0 or taken_bytes + more_bytes <= allowed_bytes:
        return None
    taken, allowed = memory_words(taken_bytes), memory_words(allowed_bytes)
    return (
        f"{owner} has {taken} of the {allowed} that large files and /data of one "
        f"owner may take (quota for storage), and this needs {memory_words(more_bytes)}: delete what nobody needs, or "
        "ask the admin for more"
    )


def _count_refusal(running: int, allowed: int | None) -> QuotaRefusal | None:
    if allowed is None or running < allowed:
        return None
    if not allowed:
        return QuotaRefusal("no Space of its owner may run (quota for running Spaces)", is_final=True)
    return QuotaRefusal(
        f"its owner may have {allowed} running Spaces at a time (quota for running Spaces), and {running} others run"
    )


def _refusal(
    what: str, needed: float, others: float, allowed: float | None, words: Callable[[float], str]
) -> QuotaRefusal | None:
    if allowed is None or not needed or needed + others <= allowed:
        return None
    if needed > allowed:
        told = f"it needs {words(needed)}, and all running Spaces of its owner may have {words(allowed)} together"
        return QuotaRefusal(f"{told} (quota for {what})", is_final=True)
    return QuotaRefusal(
        f"it needs {words(needed)}, and other running Spaces of its owner have {words(others)} of the {words(allowed)} "
        f"that they may have together (quota for {what})"
    )


def _memory(memory_bytes: float) -> str:
    return f"{memory_words(memory_bytes)} of memory"
