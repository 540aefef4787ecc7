"""What admins decided, in the database."""

from collections.abc import Collection

from sqlalchemy import Connection, delete

from spaceport.adapters.rows import Rows
from spaceport.adapters.ruling_tables import drains, quotas
from spaceport.domain.drain import Drain
from spaceport.domain.quota import Quota


class SqlRulings:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._drains = Rows(connection, drains, Drain)
        self._quotas = Rows(connection, quotas, Quota)

    def drains(self) -> dict[str, Drain]:
        return {drain.name: drain for drain in self._drains.many(order_by=drains.c.name)}

    def put_drain(self, drain: Drain) -> None:
        self.remove_drain(drain.name)
        self._drains.add(drain)

    def remove_drain(self, name: str) -> bool:
        return bool(self._connection.execute(delete(drains).where(drains.c.name == name)).rowcount)

    def quotas(self, owner_ids: Collection[str] | None = None) -> dict[str, Quota]:
        wanted = [] if owner_ids is None else [quotas.c.owner_id.in_(owner_ids)]
        return {quota.owner_id: quota for quota in self._quotas.many(*wanted)}

    def put_quota(self, quota: Quota) -> None:
        self.remove_quota(quota.owner_id)
        self._quotas.add(quota)

    def remove_quota(self, owner_id: str) -> bool:
        return bool(self._connection.execute(delete(quotas).where(quotas.c.owner_id == owner_id)).rowcount)
