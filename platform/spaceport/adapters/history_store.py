"""What happened, in the database."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from spaceport import doing
from spaceport.adapters import tables
from spaceport.adapters.rows import Rows
from spaceport.domain.history import Happening, HappeningKind
from spaceport.domain.names import new_id
from spaceport.domain.repo import RepoType

#: What somebody asked for; the rest comes of it.
_ASKED = (
    HappeningKind.COMMAND,
    HappeningKind.CONFIG,
    HappeningKind.PUSH,
    HappeningKind.BUILD,
    HappeningKind.DISCUSSION,
    HappeningKind.ACCESS,
)


class SqlHistory:
    """Writers take turns, so that numbers grow in the order of the commits."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows = Rows(connection, tables.happenings, Happening, {"kind": HappeningKind})

    def add(
        self, space_id: str, at: datetime, kind: HappeningKind, actor: str, summary: str, details: Mapping[str, Any]
    ) -> Happening:
        address = self._address_of(space_id)
        happening = Happening(
            id=new_id(),
            space_id=space_id,
            number=self.last_number() + 1,
            at=at,
            kind=kind,
            actor=actor,
            summary=summary,
            details=dict(details),
            space_name="/".join(address.split("/")[-2:]),
        )
        self._rows.add(happening)
        if kind in _ASKED:
            doing.tell(summary, address)
        return happening

    def of_space(self, space_id: str, after: int = 0, limit: int = 100) -> list[Happening]:
        table = tables.happenings
        is_of_space = table.c.space_id == space_id
        if after:
            return self._rows.many(is_of_space, table.c.number > after, order_by=table.c.number, limit=limit)
        return self._rows.many(is_of_space, order_by=table.c.number.desc(), limit=limit)[::-1]

    def since(self, number: int, limit: int = 500) -> list[Happening]:
        table = tables.happenings
        return self._rows.many(table.c.number > number, order_by=table.c.number, limit=limit)

    def newest(self, kind: HappeningKind, limit: int) -> list[Happening]:
        table = tables.happenings
        return self._rows.many(table.c.kind == kind, order_by=table.c.number.desc(), limit=limit)

    def last_number(self) -> int:
        statement = select(func.coalesce(func.max(tables.happenings.c.number), 0))
        return int(self._connection.execute(statement).scalar_one())

    def cursor(self, reader: str) -> int:
        table = tables.cursors
        found = self._connection.execute(select(table.c.number).where(table.c.id == reader)).scalar_one_or_none()
        return int(found or 0)

    def set_cursor(self, reader: str, number: int) -> None:
        table = tables.cursors
        changed = self._connection.execute(update(table).where(table.c.id == reader).values(number=number))
        if not changed.rowcount:
            self._connection.execute(insert(table).values(id=reader, number=number))

    def _address_of(self, space_id: str) -> str:
        """The path of its page, without the slash in front; empty when it is gone."""
        spaces, repos = tables.spaces, tables.repos
        space = self._connection.execute(select(spaces.c.owner, spaces.c.name).where(spaces.c.id == space_id)).first()
        if space:
            return f"{RepoType.SPACE.prefix}{space.owner}/{space.name}"
        statement = select(repos.c.type, repos.c.owner, repos.c.name).where(repos.c.id == space_id)
        repo = self._connection.execute(statement).first()
        return f"{RepoType(repo.type).prefix}{repo.owner}/{repo.name}" if repo else ""

    def trim(self, space_id: str, keep: int, kinds: Collection[HappeningKind]) -> None:
        table = tables.happenings
        is_meant = (table.c.space_id == space_id) & table.c.kind.in_(kinds)
        newest = select(table.c.number).where(is_meant).order_by(table.c.number.desc()).limit(keep)
        self._connection.execute(delete(table).where(is_meant, table.c.number.not_in(newest.scalar_subquery())))
