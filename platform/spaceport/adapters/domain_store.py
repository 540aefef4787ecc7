"""Custom domains in the database."""

from datetime import datetime

from sqlalchemy import Connection, delete, or_

from spaceport.adapters.rows import Rows
from spaceport.adapters.space_tables import custom_domains
from spaceport.domain.custom_domain import (
    KEPT_WAITING,
    LOOK_AGAIN,
    LOOK_SOON,
    LOOKED_AT_FOR,
    CustomDomain,
    DomainStatus,
)


class SqlDomains:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows = Rows(connection, custom_domains, CustomDomain, {"status": DomainStatus})
        self.add = self._rows.add
        self.update = self._rows.update

    def get(self, space_id: str, domain: str) -> CustomDomain | None:
        return self._rows.one(custom_domains.c.space_id == space_id, custom_domains.c.domain == domain)

    def active(self, domain: str) -> CustomDomain | None:
        return self._rows.one(custom_domains.c.domain == domain, custom_domains.c.status == DomainStatus.ACTIVE)

    def of_space(self, space_id: str) -> list[CustomDomain]:
        order = (custom_domains.c.created_at, custom_domains.c.id)
        return self._rows.many(custom_domains.c.space_id == space_id, order_by=order)

    def to_look_at(self, now: datetime) -> list[CustomDomain]:
        checked, asked, created = (custom_domains.c[name] for name in ("checked_at", "asked_at", "created_at"))
        may_be_due = or_(
            checked.is_(None), asked > checked, created >= now - LOOKED_AT_FOR, created < now - KEPT_WAITING
        )
        status = custom_domains.c.status
        was_proved = status.in_((DomainStatus.ACTIVE, DomainStatus.SUSPENDED))
        is_wrong = custom_domains.c.problem.is_not(None)
        may_be_due_again = or_(asked > checked, checked <= now - LOOK_AGAIN, is_wrong & (checked <= now - LOOK_SOON))
        is_one = or_((status == DomainStatus.WAITING) & may_be_due, was_proved & may_be_due_again)
        return self._rows.many(is_one, order_by=(created, custom_domains.c.id))

    def remove(self, domain_id: str) -> None:
        self._connection.execute(delete(custom_domains).where(custom_domains.c.id == domain_id))
