"""Names that Spaces had before, in the database."""

from typing import Any

from sqlalchemy import Connection, delete, func

from spaceport.adapters import tables
from spaceport.adapters.rows import Rows
from spaceport.domain.redirect import Redirect


class SqlRedirects:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows = Rows(connection, tables.redirects, Redirect)

    def put(self, redirect: Redirect) -> None:
        self.remove_name(redirect.owner, redirect.name)
        self._rows.add(redirect)

    def by_name(self, owner: str, name: str) -> Redirect | None:
        return self._rows.one(*_is_called(owner, name))

    def by_subdomain(self, subdomain: str) -> Redirect | None:
        table = tables.redirects
        found = self._rows.many(table.c.subdomain == subdomain, order_by=table.c.created_at.desc(), limit=1)
        return found[0] if found else None

    def of_space(self, space_id: str) -> list[Redirect]:
        return self._rows.many(tables.redirects.c.space_id == space_id)

    def remove_name(self, owner: str, name: str) -> None:
        self._connection.execute(delete(tables.redirects).where(*_is_called(owner, name)))


def _is_called(owner: str, name: str) -> tuple[Any, Any]:
    table = tables.redirects
    return func.lower(table.c.owner) == owner.lower(), func.lower(table.c.name) == name.lower()
