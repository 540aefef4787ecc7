"""Webhooks and their deliveries in the database."""

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

    def deliveries_since(self, webhook_id: str, since: datetime) -> int:
        table = tables.deliveries
        statement = select(func.count()).where(table.c.webhook_id == webhook_id, table.c.created_at > since)
        return int(self._connection.execute(statement).scalar_one())

    def due(self, now: datetime, limit: int) -> list[Delivery]:
        table = tables.deliveries
        return self._deliveries.many(
            table.c.status == DeliveryStatus.WAITING,
            table.c.next_attempt_at <= now,
            order_by=(table.c.next_attempt_at, table.c.created_at),
            limit=limit,
        )

    def trim_deliveries(self, webhook_id: str, keep: int) -> None:
        table = tables.deliveries
        is_over: Any = (table.c.webhook_id == webhook_id) & (table.c.status != DeliveryStatus.WAITING)
        newest = select(table.c.id).where(is_over).order_by(table.c.created_at.desc()).limit(keep)
        self._connection.execute(delete(table).where(is_over, table.c.id.not_in(newest.scalar_subquery())))
