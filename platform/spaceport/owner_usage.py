"""What the Spaces of an owner take, read from the database, and whether another app may run beside them."""

from functools import cached_property

from spaceport.domain.instance import Role
from spaceport.domain.space import Desired, Space
from spaceport.domain.usage import SpaceUsage, Usage, memory_refusal
from spaceport.interfaces import Transaction
from spaceport.settings import Settings


class MemoryUse:
    """What Spaces that run may take at most, read once for all that is asked."""

    def __init__(self, tx: Transaction, settings: Settings) -> None:
        self._tx = tx
        self._settings = settings

    def of(self, space: Space) -> int:
        """Bytes, once for a Space, whatever is swapped in it just now; none while it does not run, or sleeps."""
        return 0 if space.desired is not Desired.RUNNING or space.is_asleep else self._by_space.get(space.id, 0)

    def refusal(self, space: Space, hardware: str) -> str | None:
        """
        Why a Space may not run on this hardware beside the others of its owner; None where it may, as those of admins.

        A Space that sleeps takes none: it waits for its turn when it is woken.
        """
        allowed_bytes = self._settings.max_memory_per_user_bytes
        owner = self._tx.accounts.user(space.owner_id) if allowed_bytes else None
        if owner is None or owner.is_admin:
            return None
        others = (each for each in self._spaces if each.owner_id == space.owner_id and each.id != space.id)
        needed_bytes = self._settings.flavors.sized(hardware).memory_bytes
        return memory_refusal(needed_bytes, sum(self.of(each) for each in others), allowed_bytes)

    @cached_property
    def _spaces(self) -> list[Space]:
        return self._tx.spaces.all()

    @cached_property
    def _by_space(self) -> dict[str, int]:
        instances = [each for each in self._tx.instances.current() if each.role is not Role.DRAINING]
        hardware = self._tx.releases.hardware_of({each.release_id for each in instances})
        found: dict[str, int] = {}
        for each in instances:
            if each.release_id in hardware:
                size = self._settings.flavors.sized(hardware[each.release_id]).memory_bytes
                found[each.space_id] = max(size, found.get(each.space_id, 0))
        return found


def usage_of(tx: Transaction, settings: Settings, owner_id: str) -> Usage:
    """All Spaces of an owner, in the order of their names."""
    owner = tx.accounts.user(owner_id)
    is_free = owner is None or owner.is_admin
    memory = MemoryUse(tx, settings)
    spaces = sorted(_spaces_of(tx, owner_id), key=lambda space: space.full_name.lower())
    return Usage(
        tuple(
            SpaceUsage(
                space.full_name,
                str(space.stage),
                space.hardware,
                memory.of(space),
                space.volume_used_bytes or 0,
                space.volume_bytes,
            )
            for space in spaces
        ),
        0 if is_free else settings.max_spaces_per_user,
        0 if is_free else settings.max_memory_per_user_bytes,
    )


def over_memory(tx: Transaction, settings: Settings, space: Space, hardware: str) -> str | None:
    """As ``MemoryUse.refusal``, for who asks once."""
    return MemoryUse(tx, settings).refusal(space, hardware)


def _spaces_of(tx: Transaction, owner_id: str) -> list[Space]:
    return [each for each in tx.spaces.all() if each.owner_id == owner_id and each.desired is not Desired.DELETED]
