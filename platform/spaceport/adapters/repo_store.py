"""Models and datasets in the database."""

from typing import Any

from sqlalchemy import Connection, Text, cast, delete, func, select

from spaceport.adapters import tables
from spaceport.adapters.repo_leavings import remove_leavings
from spaceport.adapters.rows import repo_rows
from spaceport.adapters.tag_store import SqlTags
from spaceport.adapters.text_store import HEAD_FIELDS, SqlTexts
from spaceport.domain.repo import Repo, RepoHead, RepoType


class SqlRepos:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows = repo_rows(connection)
        self._texts = SqlTexts(connection)
        self.by_ids = self._rows.by_ids

    def add(self, repo: Repo, /) -> None:
        self._rows.add(repo)
        self._texts.put_head(repo)

    def update(self, repo_id: str, /, **changes: Any) -> None:
        self._rows.update(repo_id, **changes)
        if HEAD_FIELDS & changes.keys() and (changed := self.get(repo_id)) is not None:
            self._texts.put_head(changed)

    def get(self, repo_id: str) -> Repo | None:
        return self._rows.one(tables.repos.c.id == repo_id)

    def by_name(self, kind: RepoType, owner: str, name: str) -> Repo | None:
        table = tables.repos
        return self._rows.one(
            table.c.type == kind, func.lower(table.c.owner) == owner.lower(), func.lower(table.c.name) == name.lower()
        )

    def all(self) -> list[Repo]:
        return self._rows.many()

    def heads(self) -> list[RepoHead]:
        table = tables.repos
        is_described = func.length(cast(table.c.tags, Text)) > len("[]")
        statement = select(table.c.id, table.c.type, table.c.head_sha, table.c.modified_at, is_described)
        return [
            RepoHead(repo_id, RepoType(kind), sha, modified_at, bool(described))
            for repo_id, kind, sha, modified_at, described in self._connection.execute(statement)
        ]

    def remove(self, repo_id: str) -> None:
        SqlTags(self._connection).remove(repo_id)
        self._connection.execute(delete(tables.repos).where(tables.repos.c.id == repo_id))
        remove_leavings(self._connection, repo_id)
