"""Webhooks and their deliveries in the database."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select

from spaceport.adapters import tables
from spaceport.adapters.rows import Rows
from spaceport.domain.webhook import Delivery, DeliveryStatus, Webhook


class SqlWebhooks:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows = Rows(connection, tables.webhooks, Webhook)
        self._deliveries = Rows(connection, tables.deliveries, Delivery, {"status": DeliveryStatus})
        self.add = self._rows.add
        self.update = self._rows.update
        self.add_delivery = self._deliveries.add
        self.update_delivery = self._deliveries.update

    def get(self, webhook_id: str) -> Webhook | None:
        return self._rows.one(tables.webhooks.c.id == webhook_id)

    def of_user(self, user_id: str) -> list[Webhook]:
        table = tables.webhooks
        return self._rows.many(table.c.user_id == user_id, order_by=(table.c.created_at, table.c.id))

    def enabled(self) -> list[Webhook]:
        return self._rows.many(tables.webhooks.c.is_enabled)

    def remove(self, webhook_id: str) -> None:
        self._connection.execute(delete(tables.webhooks).where(tables.webhooks.c.id == webhook_id))

    def delivery(self, delivery_id: str) -> Delivery | None:
        return self._deliveries.one(tables.deliveries.c.id == delivery_id)

    def deliveries_of(self, webhook_id: str, limit: int = 50) -> list[Delivery]:
        table = tables.deliveries
        return self._deliveries.many(
            table.c.webhook_id == webhook_id, order_by=(table.c.created_at.desc(), table.c.id), limit=limit
        )

    def due(self, now: datetime, per_owner: int, but: Collection[str] = ()) -> list[Delivery]:
        table, hooks = tables.deliveries, tables.webhooks
        place = func.row_number().over(partition_by=hooks.c.user_id, order_by=(table.c.next_attempt_at, table.c.id))
        ranked = (
            select(table.c.id, place.label("place"))
            .join(hooks, hooks.c.id == table.c.webhook_id)
            .where(
                table.c.status == DeliveryStatus.WAITING,
                table.c.next_attempt_at <= now,
                table.c.id.not_in(list(but)),
            )
            .subquery()
        )
        first = select(ranked.c.id).where(ranked.c.place <= per_owner)
        return self._deliveries.many(table.c.id.in_(first), order_by=(table.c.next_attempt_at, table.c.created_at))

    def owners(self, webhook_ids: Collection[str]) -> dict[str, str]:
        table = tables.webhooks
        statement = select(table.c.id, table.c.user_id).where(table.c.id.in_(list(webhook_ids)))
        return {str(webhook_id): str(user_id) for webhook_id, user_id in self._connection.execute(statement)}

    def trim_deliveries(self, webhook_id: str, keep: int) -> None:
        table = tables.deliveries
        is_over: Any = (table.c.webhook_id == webhook_id) & (table.c.status != DeliveryStatus.WAITING)
        newest = select(table.c.id).where(is_over).order_by(table.c.created_at.desc()).limit(keep)
        self._connection.execute(delete(table).where(is_over, table.c.id.not_in(newest.scalar_subquery())))
