"""Instances in the database."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, func, select, true

from spaceport.adapters import tables
from spaceport.adapters.rows import Rows
from spaceport.domain.instance import Instance, Role
from spaceport.domain.space import Desired


class SqlInstances:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows = Rows(connection, tables.instances, Instance, {"role": Role})
        self.add = self._rows.add
        self.update = self._rows.update

    def get(self, instance_id: str) -> Instance | None:
        return self._rows.one(tables.instances.c.id == instance_id)

    def current(self, space_id: str | None = None) -> list[Instance]:
        table = tables.instances
        of_space = table.c.space_id == space_id if space_id else true()
        return self._rows.many(table.c.role != Role.GONE, of_space, order_by=table.c.created_at)

    def current_of(self, space_ids: Collection[str]) -> list[Instance]:
        table = tables.instances
        return self._rows.many(
            table.c.role != Role.GONE, table.c.space_id.in_(list(space_ids)), order_by=table.c.created_at
        )

    def of_space(self, space_id: str, limit: int = 20) -> list[Instance]:
        table = tables.instances
        return self._rows.many(table.c.space_id == space_id, order_by=table.c.created_at.desc(), limit=limit)

    def runner_ids(self) -> frozenset[str]:
        instances, releases, spaces = tables.instances, tables.releases, tables.spaces
        targets = select(releases.c.runner_id).join(spaces, spaces.c.target_release_id == releases.c.id)
        running = select(instances.c.runner_id).where(instances.c.role != Role.GONE)
        found = self._connection.execute(running.union(targets.where(spaces.c.desired != Desired.DELETED)))
        return frozenset(found.scalars()) - {""}

    def count_of_release(self, release_id: str) -> int:
        statement = select(func.count()).where(tables.instances.c.release_id == release_id)
        return int(self._connection.execute(statement).scalar_one())

    def ended_since(self, space_id: str, since: datetime) -> int:
        table = tables.instances
        statement = select(func.count()).where(
            table.c.space_id == space_id,
            table.c.role == Role.GONE,
            table.c.ready_at.is_not(None),
            table.c.exit_code.is_not(None) | table.c.reason.is_not(None),
            table.c.ended_at >= since,
        )
        return int(self._connection.execute(statement).scalar_one())
