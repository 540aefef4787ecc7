"""Variables and secrets in the database."""

from datetime import datetime

from sqlalchemy import Connection, delete, update

from spaceport.adapters import tables
from spaceport.adapters.rows import Rows
from spaceport.domain.config import Secret, Variable


class SqlConfigs:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._variables = Rows(connection, tables.variables, Variable)
        self._secrets = Rows(connection, tables.secrets, Secret)
        self.add_secret = self._secrets.add

    def variables(self, space_id: str) -> list[Variable]:
        table = tables.variables
        return self._variables.many(table.c.space_id == space_id, order_by=table.c.key)

    def put_variable(self, variable: Variable) -> None:
        self.remove_variable(variable.space_id, variable.key)
        self._variables.add(variable)

    def remove_variable(self, space_id: str, key: str) -> bool:
        table = tables.variables
        statement = delete(table).where(table.c.space_id == space_id, table.c.key == key)
        return self._connection.execute(statement).rowcount > 0

    def secrets(self, space_id: str) -> list[Secret]:
        table = tables.secrets
        return self._secrets.many(table.c.space_id == space_id, order_by=(table.c.key, table.c.version.desc()))

    def remove_secret(self, space_id: str, key: str, at: datetime) -> bool:
        table = tables.secrets
        is_there = (table.c.space_id == space_id) & (table.c.key == key) & table.c.removed_at.is_(None)
        return self._connection.execute(update(table).where(is_there).values(removed_at=at)).rowcount > 0
