"""
Parts of names, found by an index: trigrams of SQLite's FTS5 (the table ``repo_search``), or of PostgreSQL's pg_trgm.

Where neither is there, names are looked through one by one.
"""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, column, func, literal_column, select
from sqlalchemy import table as named_table
from sqlalchemy import text as sql_text

from spaceport.domain.repo import RepoType

#: A trigram has three letters; a shorter text is in too many names for an index to help.
_MIN_LENGTH = 3
_search = named_table("repo_search", column("repo_id"), column("repo_type"), column("name"))


def name_contains(table: Table, text: str) -> ColumnElement[bool]:
    """Without regard to case, in ``owner/name``. The expression is the one that PostgreSQL's index is over."""
    full_name = table.c.owner + literal_column("'/'") + table.c.name
    return func.lower(full_name).contains(text.lower(), autoescape=True)


def indexed_ids(connection: Connection, table: Table, kind: RepoType, text: str) -> Select[Any] | None:
    """The ids of names with this text in them, by way of an index; None when there is none for it."""
    if len(text) < _MIN_LENGTH:
        return None
    if connection.dialect.name != "sqlite":
        return select(table.c.id).where(name_contains(table, text)) if _has_trigrams(connection) else None
    if not _has_table(connection):
        return None
    phrase = '"' + text.replace('"', '""') + '"'
    matching = _search.c.name.op("MATCH")(phrase)
    return select(_search.c.repo_id).where(matching, _search.c.repo_type == kind)


def _has_table(connection: Connection) -> bool:
    return bool(connection.execute(sql_text("SELECT 1 FROM sqlite_master WHERE name = 'repo_search'")).scalar())


def _has_trigrams(connection: Connection) -> bool:
    return bool(connection.execute(sql_text("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")).scalar())
