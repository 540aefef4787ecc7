"""Room on a machine: who may start now, who waits, and behind whom. Pure: lack of room is a queue, not an error."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from spaceport.domain.words import duration_words, gpu_words, memory_words


@dataclass(frozen=True)
class Size:
    """What an instance may take at most, or what a machine has to give."""

    memory_bytes: int
    cpus: float
    gpus: int = 0

    def __add__(self, other: "Size") -> "Size":
        return Size(self.memory_bytes + other.memory_bytes, self.cpus + other.cpus, self.gpus + other.gpus)

    def __sub__(self, other: "Size") -> "Size":
        return Size(self.memory_bytes - other.memory_bytes, self.cpus - other.cpus, self.gpus - other.gpus)

    def fits_in(self, other: "Size") -> bool:
        """Who asks for no GPU fits beside any number of them, one given twice during a swap included."""
        has_gpus = not self.gpus or self.gpus <= other.gpus
        return has_gpus and self.memory_bytes <= other.memory_bytes and self.cpus <= other.cpus

    @property
    def words(self) -> str:
        """``4 GiB of memory and 2 cpus``, ``4 GiB of memory, 2 cpus and 1 GPU``."""
        memory = f"{memory_words(self.memory_bytes)} of memory"
        cpus = f"{self.cpus:g} cpus"
        return f"{memory}, {cpus} and {gpu_words(self.gpus)}" if self.gpus else f"{memory} and {cpus}"


NOTHING = Size(0, 0)


@dataclass(frozen=True)
class Tenant:
    """
    An instance that takes room now.

    ``is_leaving`` ones give theirs back in a moment. ``frozen_since`` is set where the Space sleeps and only keeps its
    memory; ``sleeps_at`` where it would go to sleep if nobody used it any more.
    """

    space_id: str
    owner_id: str
    size: Size
    is_leaving: bool = False
    frozen_since: datetime | None = None
    sleeps_at: datetime | None = None


@dataclass(frozen=True)
class Claim:
    """A Space that wants to start. ``is_back`` means that it ran a moment ago and only has to come back."""

    space_id: str
    owner_id: str
    size: Size
    since: datetime
    is_back: bool = False


@dataclass(frozen=True)
class Spot:
    """
    Where a Space that wants to start stands.

    ``ahead`` counts those that start before it, ``waiting`` all who wait, ``sleepers`` are frozen Spaces that make the
    room it lacks when they are stopped. ``over_quota`` is why its owner may run no more. ``fits_never``: it asks for
    more than its owner may have, or else than the whole machine has to give.
    """

    is_free: bool
    size: Size
    ahead: int = 0
    sleepers: tuple[str, ...] = ()
    next_sleep_at: datetime | None = None
    fits_never: bool = False
    waiting: int = 1
    over_quota: str | None = None

    def seconds_left(self, now: datetime) -> float | None:
        """An estimate of the wait, as good as ``spot_words`` has it; None where nothing is known to make room."""
        if self.sleepers:
            return 0.0
        if self.ahead or self.next_sleep_at is None:
            return None
        return max(0.0, (self.next_sleep_at - now).total_seconds())


def spot_of(claim: Claim, others: Sequence[Claim], tenants: Sequence[Tenant], whole: Size) -> Spot:
    """
    Whether ``claim`` may start beside ``tenants`` on a machine that gives ``whole``, with ``others`` waiting too.

    Owners take turns: who has the least running comes first, among equals who waits longest. Nobody overtakes, so that
    a large Space does not wait for ever behind small ones.
    """
    if not claim.size.fits_in(whole):
        return Spot(False, claim.size, fits_never=True)
    free = whole - sum((tenant.size for tenant in tenants), start=NOTHING)
    ahead = 0
    in_line = line(claim, others, tenants)
    for each in in_line:
        fits = not ahead and each.size.fits_in(free)
        if each is claim:
            sleepers = () if fits or ahead else _sleepers(each.size, free, tenants)
            return Spot(fits, claim.size, ahead, sleepers, _next_sleep_at(tenants), waiting=len(in_line))
        free -= each.size if fits else NOTHING
        ahead += 0 if fits else 1
    raise AssertionError("a claim is in its own line")


def line(claim: Claim, others: Sequence[Claim], tenants: Sequence[Tenant]) -> list[Claim]:
    """All who wait, in the order in which they start."""
    running: dict[str, int] = {}
    for tenant in tenants:
        running[tenant.owner_id] = running.get(tenant.owner_id, 0) + (not tenant.is_leaving)
    waiting = [claim, *(other for other in others if other.space_id != claim.space_id)]
    turns: dict[str, int] = {}
    for each in sorted(waiting, key=lambda each: (each.since, each.space_id)):
        turns[each.space_id] = running.get(each.owner_id, 0)
        running[each.owner_id] = turns[each.space_id] + 1
    return sorted(waiting, key=lambda each: (not each.is_back, turns[each.space_id], each.since, each.space_id))


def spot_words(spot: Spot, now: datetime) -> str:
    """``waiting for 4 GiB of memory and 2 cpus, 2 ahead; the next idle Space may sleep in 4 min``."""
    if spot.over_quota:
        return f"waiting: {spot.over_quota}; pause one of them, choose smaller hardware, or ask the admin for more"
    turn = f"{spot.ahead} ahead" if spot.ahead else "next in line"
    words = f"waiting for {spot.size.words}, {turn}"
    if spot.sleepers:
        return f"{words}; a sleeping Space is making room"
    if spot.next_sleep_at is None:
        return f"{words}; no running Space goes to sleep by itself"
    # In whole minutes: these words are written down whenever they change.
    minutes = max(1, ceil((spot.next_sleep_at - now).total_seconds() / 60))
    return f"{words}; the next idle Space may sleep in {duration_words(minutes * 60)}"


def _sleepers(size: Size, free: Size, tenants: Sequence[Tenant]) -> tuple[str, ...]:
    """The frozen Spaces to stop, longest asleep first; none when even all of them would not do."""
    free = free + sum((tenant.size for tenant in tenants if tenant.is_leaving), start=NOTHING)
    chosen: list[str] = []
    asleep = [(tenant.frozen_since, tenant) for tenant in tenants if tenant.frozen_since and not tenant.is_leaving]
    for _, tenant in sorted(asleep, key=lambda each: (each[0], each[1].space_id)):
        if size.fits_in(free):
            break
        chosen.append(tenant.space_id)
        free += tenant.size
    return tuple(chosen) if size.fits_in(free) else ()


def _next_sleep_at(tenants: Sequence[Tenant]) -> datetime | None:
    return min((tenant.sleeps_at for tenant in tenants if tenant.sleeps_at is not None), default=None)
