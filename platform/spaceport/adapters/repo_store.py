"""Models and datasets in the database."""

from sqlalchemy import Connection, delete, func, or_, true

from spaceport.adapters import tables
from spaceport.adapters.repo_leavings import remove_leavings
from spaceport.adapters.rows import Rows
from spaceport.adapters.tag_store import SqlTags
from spaceport.domain.account import User
from spaceport.domain.repo import Repo, RepoType


class SqlRepos:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows = Rows(connection, tables.repos, Repo, {"type": RepoType})
        self.add = self._rows.add
        self.update = self._rows.update

    def get(self, repo_id: str) -> Repo | None:
        return self._rows.one(tables.repos.c.id == repo_id)

    def by_name(self, kind: RepoType, owner: str, name: str) -> Repo | None:
        table = tables.repos
        return self._rows.one(
            table.c.type == kind, func.lower(table.c.owner) == owner.lower(), func.lower(table.c.name) == name.lower()
        )

    def all(self) -> list[Repo]:
        return self._rows.many()

    def visible_to(self, user: User | None, kind: RepoType, search: str, author: str, limit: int) -> list[Repo]:
        table = tables.repos
        own = table.c.owner_id == user.id if user else None
        may_see = true() if user and user.is_admin else or_(~table.c.private, *([own] if own is not None else []))
        conditions = [table.c.type == kind, may_see]
        if author:
            conditions.append(func.lower(table.c.owner) == author.lower())
        if search:
            name = func.lower(table.c.owner + "/" + table.c.name)
            conditions.append(name.contains(search.lower(), autoescape=True))
        return self._rows.many(*conditions, order_by=(table.c.modified_at.desc(), table.c.id), limit=limit)

    def remove(self, repo_id: str) -> None:
        SqlTags(self._connection).remove(repo_id)
        self._connection.execute(delete(tables.repos).where(tables.repos.c.id == repo_id))
        remove_leavings(self._connection, repo_id)
