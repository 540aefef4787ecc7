"""What the Spaces of an owner take, read from the database, and whether another app may run beside them."""

from spaceport.domain.instance import Role
from spaceport.domain.space import Desired, Space
from spaceport.domain.usage import SpaceUsage, Usage, memory_refusal
from spaceport.interfaces import Transaction
from spaceport.settings import Settings


def usage_of(tx: Transaction, settings: Settings, owner_id: str) -> Usage:
    """All Spaces of an owner, in the order of their names."""
    owner = tx.accounts.user(owner_id)
    is_free = owner is None or owner.is_admin
    spaces = sorted(_spaces_of(tx, owner_id), key=lambda space: space.full_name.lower())
    return Usage(
        tuple(
            SpaceUsage(
                space.full_name,
                str(space.stage),
                space.hardware,
                _memory_bytes(tx, settings, space),
                space.volume_used_bytes or 0,
                space.volume_bytes,
            )
            for space in spaces
        ),
        0 if is_free else settings.max_spaces_per_user,
        0 if is_free else settings.max_memory_per_user_bytes,
    )


def over_memory(tx: Transaction, settings: Settings, space: Space, hardware: str) -> str | None:
    """
    Why a Space may not run on this hardware beside the others of its owner; None where it may, as those of admins may.

    A Space that sleeps takes none: it waits for its turn when it is woken.
    """
    allowed_bytes = settings.max_memory_per_user_bytes
    owner = tx.accounts.user(space.owner_id) if allowed_bytes else None
    if owner is None or owner.is_admin:
        return None
    others = (each for each in _spaces_of(tx, space.owner_id) if each.id != space.id)
    others_bytes = sum(_memory_bytes(tx, settings, each) for each in others)
    return memory_refusal(settings.flavors.sized(hardware).memory_bytes, others_bytes, allowed_bytes)


def _spaces_of(tx: Transaction, owner_id: str) -> list[Space]:
    return [each for each in tx.spaces.all() if each.owner_id == owner_id and each.desired is not Desired.DELETED]


def _memory_bytes(tx: Transaction, settings: Settings, space: Space) -> int:
    """Once for a Space, whatever is swapped in it just now."""
    if space.desired is not Desired.RUNNING or space.is_asleep:
        return 0
    release_ids = {each.release_id for each in tx.instances.current(space.id) if each.role is not Role.DRAINING}
    hardware = tx.releases.hardware_of(release_ids)
    return max((settings.flavors.sized(name).memory_bytes for name in hardware.values()), default=0)
