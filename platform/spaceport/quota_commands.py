"""What admins decide about how much one owner may have."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spaceport import doing
from spaceport.domain.access import require_admin
from spaceport.domain.account import Caller, User
from spaceport.domain.quota import KINDS, UNLIMITED, Quota, amount_words
from spaceport.domain.usage import Usage
from spaceport.errors import UserNotFound
from spaceport.interfaces import Transaction
from spaceport.owner_usage import usage_of
from spaceport.services import Services


@dataclass(frozen=True)
class OwnerQuota:
    """An owner, what was decided for them alone (None where nothing was), and what they take and may have."""

    owner: User
    quota: Quota | None
    usage: Usage

    def own(self, kind: str) -> float | None:
        return getattr(self.quota, kind) if self.quota is not None else None

    def allowed(self, kind: str) -> float | None:
        return getattr(self.usage.allowed, kind)  # type: ignore[no-any-return]

    def taken(self, kind: str) -> float:
        usage = self.usage
        found: dict[str, float] = {
            "spaces": len(usage.spaces),
            "running": usage.running,
            "memory_bytes": usage.taken.memory_bytes,
            "cpus": usage.taken.cpus,
            "gpus": usage.taken.gpus,
            "storage_bytes": usage.stored_bytes,
        }
        return found[kind]


def quota_of(services: Services, caller: Caller, name: str) -> OwnerQuota:
    """Of a person or an organization. Raises: AccessDenied for everybody but admins, UserNotFound."""
    require_admin(caller, changes=False)
    with services.database.read() as tx:
        owner = _owner(tx, name)
        quota = tx.rulings.quotas([owner.id]).get(owner.id)
        return OwnerQuota(owner, quota, usage_of(tx, services.settings, owner.id))


def set_quota(services: Services, caller: Caller, name: str, changes: Mapping[str, float | int | None]) -> None:
    """
    Change some kinds of a quota: to a number, to ``UNLIMITED``, or to None to be like everybody.

    What runs goes on, even where it is more than is allowed from now on: the next start, file or Space is refused.

    Raises: as ``quota_of``, also for a token that may only read.
    """
    require_admin(caller)
    with services.database.begin() as tx:
        owner = _owner(tx, name)
        before = tx.rulings.quotas([owner.id]).get(owner.id)
        values: dict[str, Any] = {kind: getattr(before, kind, None) for kind in KINDS} | dict(changes)
        if all(value is None for value in values.values()):
            tx.rulings.remove_quota(owner.id)
        else:
            tx.rulings.put_quota(Quota(owner.id, services.clock.now(), caller.name, **values))
    told = ", ".join(f"{kind} {_words(kind, value)}" for kind, value in sorted(changes.items()))
    doing.tell(f"quota of {owner.name}: {told}", f"admin/-/users/{owner.name}")


def _owner(tx: Transaction, name: str) -> User:
    owner = tx.accounts.user_by_name(name)
    if owner is None:
        raise UserNotFound(f"nobody here is called {name[:96]!r}")
    return owner


def _words(kind: str, value: float | None) -> str:
    return "as everybody" if value is None else amount_words(kind, None if value == UNLIMITED else value)
