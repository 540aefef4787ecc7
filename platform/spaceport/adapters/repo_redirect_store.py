"""Names that models and datasets had before, in the database."""

from typing import Any

from sqlalchemy import Connection, delete, func

from spaceport.adapters.hub_tables import repo_redirects
from spaceport.adapters.rows import Rows
from spaceport.domain.redirect import RepoRedirect
from spaceport.domain.repo import RepoType


class SqlRepoRedirects:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows = Rows(connection, repo_redirects, RepoRedirect, {"type": RepoType})

    def put(self, redirect: RepoRedirect) -> None:
        self.remove_name(redirect.type, redirect.owner, redirect.name)
        self._rows.add(redirect)

    def by_name(self, kind: RepoType, owner: str, name: str) -> RepoRedirect | None:
        return self._rows.one(*_is_called(kind, owner, name))

    def remove_name(self, kind: RepoType, owner: str, name: str) -> None:
        self._connection.execute(delete(repo_redirects).where(*_is_called(kind, owner, name)))


def _is_called(kind: RepoType, owner: str, name: str) -> tuple[Any, ...]:
    table = repo_redirects
    return (
        table.c.type == kind,
        func.lower(table.c.owner) == owner.lower(),
        func.lower(table.c.name) == name.lower(),
    )
