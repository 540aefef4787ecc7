"""Custom domains in the database."""

from sqlalchemy import Connection, delete

from spaceport.adapters.rows import Rows
from spaceport.adapters.space_tables import custom_domains
from spaceport.domain.custom_domain import CustomDomain, DomainStatus


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

    def waiting(self) -> list[CustomDomain]:
        order = (custom_domains.c.created_at, custom_domains.c.id)
        return self._rows.many(custom_domains.c.status == DomainStatus.WAITING, order_by=order)

    def remove(self, domain_id: str) -> None:
        self._connection.execute(delete(custom_domains).where(custom_domains.c.id == domain_id))
