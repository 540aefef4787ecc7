"""How much of the platform an owner may have, by the settings and by what an admin decided for them alone. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from spaceport.domain.words import memory_words

#: Instead of a number: as much as there is.
UNLIMITED = -1
Number = TypeVar("Number", int, float)


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


@dataclass(frozen=True)
class Allowance:
    """What an owner may have in the end, in the words of ``Quota``; None where there is no limit."""

    spaces: int | None = None
    running: int | None = None
    memory_bytes: int | None = None
    cpus: float | None = None
    gpus: int | None = None
    storage_bytes: int | None = None

    @property
    def limits_running(self) -> bool:
        """Whether anything of it is about Spaces that run."""
        return any(each is not None for each in (self.running, self.memory_bytes, self.cpus, self.gpus))


NO_LIMIT = Allowance()
#: The kinds, as fields of ``Quota`` and ``Allowance``, and those of them that count bytes.
KINDS = ("spaces", "running", "memory_bytes", "cpus", "gpus", "storage_bytes")
IN_BYTES = frozenset({"memory_bytes", "storage_bytes"})
_MOST = 10**15


def amount_of(kind: str, text: str) -> float | int | None:
    """
    What somebody wrote for a kind: nothing or ``default`` for None, ``unlimited``, or a number, of GiB for bytes.

    Raises: ValueError, in words.
    """
    word = text.strip().lower()
    if word in ("", "default"):
        return None
    if word == "unlimited":
        return UNLIMITED
    try:
        number = float(word)
    except ValueError:
        number = -1.0
    amount = number * 1024**3 if kind in IN_BYTES else number
    if not 0 <= amount <= _MOST or (kind in ("spaces", "running", "gpus") and amount != int(amount)):
        raise ValueError(
            f"{kind}: a number from 0 on, unlimited, or nothing to be like everybody; given: {text[:50]!r}"
        )
    return amount if kind == "cpus" else round(amount)


def amount_words(kind: str, amount: float | None) -> str:
    """``no limit``, ``3``, ``4 GiB``: of what is allowed in the end."""
    if amount is None:
        return "no limit"
    if kind in IN_BYTES:
        return memory_words(amount)
    return f"{int(amount):,}" if amount == int(amount) else str(amount)


def allowance_of(quota: Quota | None, everybody: Allowance) -> Allowance:
    """An owner's own values, those of everybody where there is none."""
    if quota is None:
        return everybody
    return Allowance(
        spaces=_either(quota.spaces, everybody.spaces),
        running=_either(quota.running, everybody.running),
        memory_bytes=_either(quota.memory_bytes, everybody.memory_bytes),
        cpus=_either(quota.cpus, everybody.cpus),
        gpus=_either(quota.gpus, everybody.gpus),
        storage_bytes=_either(quota.storage_bytes, everybody.storage_bytes),
    )


def _either(own: Number | None, everybodys: Number | None) -> Number | None:
    if own is None:
        return everybodys
    return None if own == UNLIMITED else own
