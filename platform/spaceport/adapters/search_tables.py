"""What repos of all types are searched by: their words, one row each."""

from sqlalchemy import Column, Index, Integer, String, Table, Text

from spaceport.adapters.columns import METADATA

#: ``number`` is what SQLite's indexes of words know a row by. ``head`` has the words of what lists show of a repo,
#: ``card`` those of its README (``domain.search_words``).
repo_texts = Table(
    "repo_texts",
    METADATA,
    Column("number", Integer(), primary_key=True),
    Column("repo_id", String(64), nullable=False),
    Column("repo_type", String(16), nullable=False),
    Column("head", Text(), nullable=False),
    Column("card", Text(), nullable=False, server_default=""),
)
Index("uq_repo_texts_repo_id", repo_texts.c.repo_id, unique=True)
