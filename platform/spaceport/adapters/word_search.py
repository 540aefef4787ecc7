"""
Words of repos, found by an index: SQLite's FTS5 (``repo_search_heads``, ``repo_search_texts``), PostgreSQL's tsvector.

Without FTS5 the texts are looked through one by one.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    column,
    exists,
    func,
    literal_column,
    not_,
    select,
)
from sqlalchemy import table as named_table
from sqlalchemy import text as sql_text

from spaceport.adapters.search_tables import repo_texts
from spaceport.domain.repo import RepoType
from spaceport.domain.repo_query import Place

#: Nobody looks for one letter in all cards; signs are words.
_MIN_LENGTH_IN_CARDS = 2
_ALL = repo_texts.c.head + repo_texts.c.card


def has_words(table: Table, words: Sequence[str], place: Place) -> ColumnElement[bool]:
    """That a repo has all these words (``domain.search_words.wanted_words``) in that place."""
    in_head = and_(*(repo_texts.c.head.contains(f" {word}") for word in words))
    anywhere = and_(*(_ALL.contains(f" {word}") for word in words))
    is_there = {Place.HEAD: in_head, Place.CARD: and_(anywhere, not_(in_head)), Place.ANYWHERE: anywhere}[place]
    return exists().where(repo_texts.c.repo_id == table.c.id, is_there)


def ids_with_words(connection: Connection, kind: RepoType, words: Sequence[str], place: Place) -> Select[Any] | None:
    """The ids of repos that may have them, by way of an index; None when there is none for it."""
    if place is not Place.HEAD and all(_is_letter(word) for word in words):
        return None
    if connection.dialect.name != "sqlite":
        return _ids_of_postgresql(kind, words, place)
    if not _has_fts5(connection):
        return None
    name = "repo_search_heads" if place is Place.HEAD else "repo_search_texts"
    index = named_table(name, column("rowid"), column(name))
    phrases = " AND ".join(f'"{word}"*' for word in words)
    statement = select(repo_texts.c.repo_id).select_from(index.join(repo_texts, repo_texts.c.number == index.c.rowid))
    return statement.where(index.c[name].op("MATCH")(phrases), repo_texts.c.repo_type == kind)


def _ids_of_postgresql(kind: RepoType, words: Sequence[str], place: Place) -> Select[Any]:
    text = repo_texts.c.head if place is Place.HEAD else _ALL
    # Written out, as in the index: with a parameter it would be another expression.
    simple: ColumnElement[str] = literal_column("'simple'::regconfig")
    query = " & ".join(f"({' <-> '.join(word.split())}:*)" for word in words)
    matches = func.to_tsvector(simple, text).op("@@")(func.to_tsquery(simple, query))
    return select(repo_texts.c.repo_id).where(matches, repo_texts.c.repo_type == kind)


def _is_letter(word: str) -> bool:
    return len(word) < _MIN_LENGTH_IN_CARDS and word.isascii()


def _has_fts5(connection: Connection) -> bool:
    """Asked once for each connection."""
    known = connection.info.get("has_repo_search_heads")
    if known is None:
        found = sql_text("SELECT 1 FROM sqlite_master WHERE name = 'repo_search_heads'")
        known = connection.info["has_repo_search_heads"] = bool(connection.execute(found).scalar())
    return bool(known)
