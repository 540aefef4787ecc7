"""Records of the domain in and out of a table: one small class for all of them."""

import dataclasses
from collections.abc import Callable, Collection, Iterator, Sequence
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Select, Table, insert, select, update
from sqlalchemy.exc import IntegrityError

from spaceport.adapters import tables
from spaceport.domain.repo import Repo, RepoType
from spaceport.domain.space import Desired, Rest, Space
from spaceport.domain.stage import Stage
from spaceport.errors import AlreadyExists

Record = TypeVar("Record")
#: Databases limit how many values one statement may have: older releases of SQLite to 999.
IDS_AT_ONCE = 500


class Rows(Generic[Record]):
    """
    A table whose columns are the fields of a frozen dataclass.

    Text longer than its column is cut and NUL characters are taken out: PostgreSQL refuses what SQLite accepts.
    """

    def __init__(
        self,
        connection: Connection,
        table: Table,
        record: type[Record],
        enums: dict[str, Callable[[str], StrEnum]] | None = None,
    ) -> None:
        self._connection = connection
        self._table = table
        self._record = record
        self._enums = enums or {}

    def add(self, record: Record) -> None:
        """Raises: AlreadyExists when a unique column has this value."""
        self.add_all([record])

    def add_all(self, records: Sequence[Record]) -> None:
        """In one statement, none of them when one cannot be. Raises: as ``add``."""
        if not records:
            return
        try:
            self._connection.execute(insert(self._table), [self.clean(_values_of(record)) for record in records])
        except IntegrityError as error:
            raise AlreadyExists(f"{self._table.name}: a row with these values exists") from error

    def update(self, row_id: str, /, **changes: Any) -> None:
        if changes:
            statement = update(self._table).where(self._table.c.id == row_id).values(**self.clean(changes))
            self._connection.execute(statement)

    def one(self, *conditions: Any) -> Record | None:
        found = self.many(*conditions, limit=1)
        return found[0] if found else None

    def by_ids(self, ids: Collection[str]) -> list[Record]:
        """Those that are there, in any order, however many are asked for."""
        return [record for some in in_slices(ids) for record in self.many(self._table.c.id.in_(some))]

    def many(self, *conditions: Any, order_by: Any = None, limit: int | None = None, offset: int = 0) -> list[Record]:
        statement: Select[Any] = select(self._table).where(*conditions)
        if order_by is not None:
            statement = statement.order_by(*(order_by if isinstance(order_by, tuple) else (order_by,)))
        if limit is not None:
            statement = statement.limit(limit)
        if offset:
            statement = statement.offset(offset)
        return [self._to_record(row._asdict()) for row in self._connection.execute(statement)]

    def _to_record(self, values: dict[str, Any]) -> Record:
        for name, enum in self._enums.items():
            values[name] = enum(values[name])
        return self._record(**values)

    def clean(self, values: dict[str, Any]) -> dict[str, Any]:
        return {name: _fitting(value, self._table.c[name].type) for name, value in values.items()}


def in_slices(ids: Collection[str]) -> Iterator[list[str]]:
    """Each once, no more at a time than a statement may name."""
    wanted = list(dict.fromkeys(ids))
    return (wanted[start : start + IDS_AT_ONCE] for start in range(0, len(wanted), IDS_AT_ONCE))


def space_rows(connection: Connection) -> Rows[Space]:
    return Rows(connection, tables.spaces, Space, {"desired": Desired, "stage": Stage, "rest": Rest})


def repo_rows(connection: Connection) -> Rows[Repo]:
    return Rows(connection, tables.repos, Repo, {"type": RepoType})


def _values_of(record: Any) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}


def _fitting(value: Any, column_type: Any) -> Any:
    if isinstance(value, str):
        text = str(value).replace("\0", "")
        length = getattr(column_type, "length", None)
        return text[:length] if length else text
    return value
