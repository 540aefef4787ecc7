"""What the Spaces of an owner take, read from the database, and whether another app may run beside them."""

from collections.abc import Mapping
from functools import cached_property

from spaceport.domain.account import User
from spaceport.domain.holding import size_of
from spaceport.domain.instance import Role
from spaceport.domain.quota import NO_LIMIT, Allowance, Quota, allowance_of
from spaceport.domain.room import NOTHING, Size
from spaceport.domain.space import Desired, Rest, Space
from spaceport.domain.space_fact import SpaceFact
from spaceport.domain.usage import QuotaRefusal, SpaceUsage, Usage, quota_refusal, storage_refusal
from spaceport.errors import AccessDenied, BadRequest
from spaceport.interfaces import Transaction
from spaceport.settings import Settings


class OwnerUse:
    """
    What Spaces that run may take at most, read once for all that is asked.

    A frozen Space holds its memory and counts, but gives way: it is stopped where another one of its owner needs it.
    """

    def __init__(self, tx: Transaction, settings: Settings) -> None:
        self._tx = tx
        self._settings = settings
        self._allowances: dict[str, Allowance] = {}

    def of(self, space: Space | SpaceFact) -> int:
        """Bytes of memory, once for a Space, whatever is swapped in it just now; none while it does not hold any."""
        return self.size_of(space).memory_bytes

    def size_of(self, space: Space | SpaceFact) -> Size:
        """The same with all that is held besides memory."""
        holds = space.desired is Desired.RUNNING and space.rest is not Rest.STOPPED
        return self._by_space.get(space.id, NOTHING) if holds else NOTHING

    def taken(self, owner_id: str, but_space_id: str | None = None) -> tuple[int, Size]:
        """How many Spaces of an owner run (none that sleeps does), and what they take together."""
        awake = [each for each in self._others(owner_id, but_space_id) if not each.is_asleep]
        sizes = [size for each in awake if (size := self.size_of(each)) != NOTHING]
        return len(sizes), sum(sizes, start=NOTHING)

    def refusal(self, owner_id: str, hardware: str, space_id: str | None = None) -> QuotaRefusal | None:
        """
        Why a Space (a new one, without ``space_id``) may not run on this hardware beside the others of its owner; None
        where it may.
        """
        allowed = self.allowed(owner_id)
        if not allowed.limits_running:
            return None
        running, others = self.taken(owner_id, space_id)
        return quota_refusal(size_of(self._settings.flavors.sized(hardware)), others, running, allowed)

    def allowed(self, owner_id: str) -> Allowance:
        if owner_id not in self._allowances:
            self._allowances[owner_id] = self._allowed(owner_id)
        return self._allowances[owner_id]

    def _allowed(self, owner_id: str) -> Allowance:
        quota = self._quotas.get(owner_id)
        if quota is None and everybodys(self._settings) == NO_LIMIT:
            return NO_LIMIT
        return _allowance(self._settings, self._tx.accounts.user(owner_id), quota)

    def giving_way(self, space: Space, hardware: str) -> tuple[str, ...]:
        """The frozen Spaces that are to be stopped for this one to run, longest asleep first."""
        return self._surplus(space.owner_id, self._settings.flavors.sized(hardware).memory_bytes, space.id)

    def surplus(self) -> frozenset[str]:
        """The frozen Spaces of owners who hold more than they may: one that runs got larger hardware, say."""
        if not self._settings.max_memory_per_user_bytes and not self._quotas:
            return frozenset()
        owners = {each.owner_id for each in self._spaces if each.is_asleep}
        return frozenset(space_id for owner_id in owners for space_id in self._surplus(owner_id))

    def _surplus(self, owner_id: str, needed_bytes: int = 0, space_id: str | None = None) -> tuple[str, ...]:
        allowed_bytes = self.allowed(owner_id).memory_bytes
        if allowed_bytes is None:
            return ()
        others = self._others(owner_id, space_id)
        too_many_bytes = needed_bytes + sum(self.of(each) for each in others) - allowed_bytes
        found: list[str] = []
        for each in sorted(others, key=lambda each: (each.rest_since or each.created_at, each.id)):
            if too_many_bytes > 0 and each.is_asleep and self.of(each):
                found.append(each.id)
                too_many_bytes -= self.of(each)
        return tuple(found)

    def spaces_of(self, owner_id: str) -> list[SpaceFact]:
        return [each for each in self._spaces if each.owner_id == owner_id]

    def _others(self, owner_id: str, space_id: str | None) -> list[SpaceFact]:
        return [each for each in self.spaces_of(owner_id) if each.id != space_id]

    @cached_property
    def _quotas(self) -> Mapping[str, Quota]:
        return self._tx.rulings.quotas()

    @cached_property
    def _spaces(self) -> list[SpaceFact]:
        return self._tx.spaces.facts()

    @cached_property
    def _by_space(self) -> dict[str, Size]:
        instances = [each for each in self._tx.instances.current() if each.role is not Role.DRAINING]
        hardware = self._tx.releases.hardware_of({each.release_id for each in instances})
        found: dict[str, Size] = {}
        for each in instances:
            if each.release_id in hardware:
                size, before = (
                    size_of(self._settings.flavors.sized(hardware[each.release_id])),
                    found.get(each.space_id),
                )
                found[each.space_id] = size if before is None else max(before, size, key=lambda size: size.memory_bytes)
        return found


def everybodys(settings: Settings) -> Allowance:
    """What owners may have for whom nothing else was decided, and who are no admins."""
    return Allowance(
        spaces=settings.max_spaces_per_user or None, memory_bytes=settings.max_memory_per_user_bytes or None
    )


def allowed_of(tx: Transaction, settings: Settings, owner: User) -> Allowance:
    """What one owner may have."""
    return _allowance(settings, owner, tx.rulings.quotas([owner.id]).get(owner.id))


def _allowance(settings: Settings, owner: User | None, quota: Quota | None) -> Allowance:
    """Quotas of one's own hold for admins too; those of everybody do not."""
    return allowance_of(quota, NO_LIMIT if owner is None or owner.is_admin else everybodys(settings))


def usage_of(tx: Transaction, settings: Settings, owner_id: str) -> Usage:
    """All Spaces of an owner, in the order of their names."""
    use = OwnerUse(tx, settings)
    spaces = sorted(use.spaces_of(owner_id), key=lambda space: space.full_name.lower())
    running, taken = use.taken(owner_id)
    return Usage(
        tuple(
            SpaceUsage(
                space.full_name,
                str(space.stage),
                space.hardware,
                use.of(space),
                space.volume_used_bytes or 0,
                space.volume_bytes,
            )
            for space in spaces
        ),
        use.allowed(owner_id),
        running,
        taken,
        _stored_bytes(tx, owner_id),
    )


def check_hardware_quota(
    tx: Transaction, settings: Settings, owner_id: str, hardware: str, space_id: str | None = None, runs: bool = True
) -> None:
    """
    Whether an owner may choose this hardware for a Space (a new one, without ``space_id``).

    One that does not run may have what would not fit just now: it waits when it is started.

    Raises: BadRequest.
    """
    problem = OwnerUse(tx, settings).refusal(owner_id, hardware, space_id)
    if problem is not None and (runs or problem.is_final):
        raise BadRequest(
            f"hardware {hardware} cannot be chosen: {problem.words}. Choose smaller hardware, pause another Space, or "
            "ask the admin for more"
        )


def storage_left(tx: Transaction, settings: Settings, owner_id: str) -> int | None:
    """Bytes that an owner may still store; None where there is no limit, below zero where it is passed already."""
    limit = _storage_limit(tx, settings, owner_id)
    return None if limit is None else limit[1] - _stored_bytes(tx, owner_id)


def check_storage(tx: Transaction, settings: Settings, owner_id: str, more_bytes: int, held_bytes: int = 0) -> None:
    """
    Whether an owner may store so much more; ``held_bytes`` of what is stored are those that it takes the place of.

    Raises: AccessDenied.
    """
    limit = _storage_limit(tx, settings, owner_id)
    if limit is None:
        return
    owner_name, allowed_bytes = limit
    taken_bytes = _stored_bytes(tx, owner_id) - held_bytes
    if problem := storage_refusal(owner_name, taken_bytes, more_bytes, allowed_bytes):
        raise AccessDenied(problem)


def _storage_limit(tx: Transaction, settings: Settings, owner_id: str) -> tuple[str, int] | None:
    """Name of the owner and bytes that are allowed; None where there is no limit."""
    owner = tx.accounts.user(owner_id)
    allowed_bytes = None if owner is None else allowed_of(tx, settings, owner).storage_bytes
    return None if owner is None or allowed_bytes is None else (owner.name, allowed_bytes)


def _stored_bytes(tx: Transaction, owner_id: str) -> int:
    return tx.accounts.storage_of([owner_id]).get(owner_id, 0)
