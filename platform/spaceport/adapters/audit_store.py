"""The audit log in the database."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, func, or_

from spaceport.adapters.audit_tables import audit_records
from spaceport.adapters.rows import Rows
from spaceport.domain.audit import AuditPlace, AuditQuery, AuditRecord, Outcome

_SEARCHED = ("actor", "action", "target", "summary", "address", "via")


class SqlAudit:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows = Rows(connection, audit_records, AuditRecord, {"outcome": Outcome})
        self.add = self._rows.add

    def find(self, query: AuditQuery, limit: int, after: AuditPlace | None = None) -> list[AuditRecord]:
        table = audit_records
        conditions = _conditions(query)
        if after is not None:
            at, record_id = after
            conditions.append(or_(table.c.at < at, and_(table.c.at == at, table.c.id < record_id)))
        return self._rows.many(*conditions, order_by=(table.c.at.desc(), table.c.id.desc()), limit=limit)

    def find_newer(self, query: AuditQuery, limit: int, before: AuditPlace) -> list[AuditRecord]:
        table, (at, record_id) = audit_records, before
        in_front = or_(table.c.at > at, and_(table.c.at == at, table.c.id > record_id))
        nearest = (table.c.at.asc(), table.c.id.asc())
        return self._rows.many(*_conditions(query), in_front, order_by=nearest, limit=limit)[::-1]

    def trim(self, before: datetime) -> int:
        return int(self._connection.execute(delete(audit_records).where(audit_records.c.at < before)).rowcount)


def _conditions(query: AuditQuery) -> list[Any]:
    table = audit_records
    found: list[Any] = [
        or_(*(func.lower(table.c[name]).contains(word.lower(), autoescape=True) for name in _SEARCHED))
        for word in query.words
    ]
    if query.action:
        found.append(
            or_(table.c.action == query.action, table.c.action.startswith(f"{query.action}.", autoescape=True))
        )
    if query.actor:
        found.append(func.lower(table.c.actor) == query.actor.lower())
    if query.outcome is not None:
        found.append(table.c.outcome == query.outcome)
    if query.since is not None:
        found.append(table.c.at >= query.since)
    if query.until is not None:
        found.append(table.c.at < query.until)
    return found
