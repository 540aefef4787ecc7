"""What admins decided about machines and owners; the real store is in ``adapters``."""

from collections.abc import Collection
from typing import Protocol

from spaceport.domain.drain import Drain
from spaceport.domain.quota import Quota


class Rulings(Protocol):
    """They hold until an admin takes them back, whatever is restarted meanwhile."""

    def drains(self) -> dict[str, Drain]:
        """Of machines and builders, by name."""
        ...

    def put_drain(self, drain: Drain, /) -> None:
        """Instead of one of the same name."""
        ...

    def remove_drain(self, name: str, /) -> bool:
        """Whether there was one."""
        ...

    def quotas(self, owner_ids: Collection[str] | None = None) -> dict[str, Quota]:
        """Those that there are of these owners (or of all), by owner."""
        ...

    def put_quota(self, quota: Quota, /) -> None:
        """Instead of the owner's earlier one."""
        ...

    def remove_quota(self, owner_id: str, /) -> bool:
        """Whether there was one."""
        ...
