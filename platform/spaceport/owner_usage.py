"""What the Spaces of an owner take, read from the database, and whether another app may run beside them."""

from functools import cached_property

from spaceport.domain.instance import Role
from spaceport.domain.space import Desired, Rest, Space
from spaceport.domain.usage import MemoryRefusal, SpaceUsage, Usage, memory_refusal
from spaceport.errors import BadRequest
from spaceport.interfaces import Transaction
from spaceport.settings import Settings


class MemoryUse:
    """
    What Spaces that hold memory may take at most, read once for all that is asked.

    A frozen Space holds its memory and counts, but gives way: it is stopped where another one of its owner needs it.
    """

    def __init__(self, tx: Transaction, settings: Settings) -> None:
        self._tx = tx
        self._settings = settings

    def of(self, space: Space) -> int:
        """Bytes, once for a Space, whatever is swapped in it just now; none while it does not run, or is stopped."""
        holds = space.desired is Desired.RUNNING and space.rest is not Rest.STOPPED
        return self._by_space.get(space.id, 0) if holds else 0

    def refusal(self, owner_id: str, hardware: str, space_id: str | None = None) -> MemoryRefusal | None:
        """
        Why a Space (a new one, without ``space_id``) may not run on this hardware beside the others of its owner; None
        where it may, as those of admins.
        """
        allowed_bytes = self._allowed_bytes(owner_id)
        awake = (each for each in self._others(owner_id, space_id) if not each.is_asleep)
        return memory_refusal(self._needed_bytes(hardware), sum(self.of(each) for each in awake), allowed_bytes)

    def giving_way(self, space: Space, hardware: str) -> tuple[str, ...]:
        """The frozen Spaces that are to be stopped for this one to run, longest asleep first."""
        return self._surplus(space.owner_id, self._needed_bytes(hardware), space.id)

    def surplus(self) -> frozenset[str]:
        """The frozen Spaces of owners who hold more than they may: one that runs got larger hardware, say."""
        if not self._settings.max_memory_per_user_bytes:
            return frozenset()
        owners = {each.owner_id for each in self._spaces if each.is_asleep}
        return frozenset(space_id for owner_id in owners for space_id in self._surplus(owner_id))

    def _surplus(self, owner_id: str, needed_bytes: int = 0, space_id: str | None = None) -> tuple[str, ...]:
        allowed_bytes = self._allowed_bytes(owner_id)
        if not allowed_bytes:
            return ()
        others = self._others(owner_id, space_id)
        too_many_bytes = needed_bytes + sum(self.of(each) for each in others) - allowed_bytes
        found: list[str] = []
        for each in sorted(others, key=lambda each: (each.rest_since or each.created_at, each.id)):
            if too_many_bytes > 0 and each.is_asleep and self.of(each):
                found.append(each.id)
                too_many_bytes -= self.of(each)
        return tuple(found)

    def _allowed_bytes(self, owner_id: str) -> int:
        """0 for whom there is no limit."""
        allowed_bytes = self._settings.max_memory_per_user_bytes
        owner = self._tx.accounts.user(owner_id) if allowed_bytes else None
        return 0 if owner is None or owner.is_admin else allowed_bytes

    def _needed_bytes(self, hardware: str) -> int:
        return self._settings.flavors.sized(hardware).memory_bytes

    def _others(self, owner_id: str, space_id: str | None) -> list[Space]:
        return [each for each in self._spaces if each.owner_id == owner_id and each.id != space_id]

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


def check_memory(
    tx: Transaction, settings: Settings, owner_id: str, hardware: str, space_id: str | None = None, runs: bool = True
) -> None:
    """
    Whether an owner may choose this hardware for a Space (a new one, without ``space_id``).

    One that does not run may have what would not fit just now: it waits when it is started.

    Raises: BadRequest.
    """
    problem = MemoryUse(tx, settings).refusal(owner_id, hardware, space_id)
    if problem is not None and (runs or problem.is_final):
        raise BadRequest(
            f"hardware {hardware} cannot be chosen: {problem.words}. Choose smaller hardware, pause another Space, or "
            "ask the admin for more"
        )


def _spaces_of(tx: Transaction, owner_id: str) -> list[Space]:
    return [each for each in tx.spaces.all() if each.owner_id == owner_id and each.desired is not Desired.DELETED]
