"""What the tables are made of: their metadata, times in UTC, and the columns that many of them have."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Text,
    false,
    true,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: What lists are sorted by: each has an index with the id behind it, so that pages go on where the last one ended.
LIST_ORDERS = ("trending", "created_at", "modified_at", "likes", "downloads")


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC times in and out; SQLite itself knows no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def id_column() -> Column[Any]:
    return Column("id", String(64), primary_key=True)


def space_column() -> Column[Any]:
    return Column("space_id", ForeignKey("spaces.id", ondelete="CASCADE"), nullable=False, index=True)


def time_column(name: str, required: bool = False) -> Column[Any]:
    return Column(name, UtcDateTime(), nullable=not required)


def hub_columns() -> list[Column[Any]]:
    """What Spaces, models and datasets have in common as repos of a hub; lists are sorted and filtered by them."""
    return [
        Column("creator_id", String(64)),
        Column("tags", JSON(), nullable=False, server_default="[]"),
        Column("description", Text(), nullable=False, server_default=""),
        Column("likes", Integer(), nullable=False, server_default="0"),
        Column("downloads", Integer(), nullable=False, server_default="0"),
        Column("trending", Float(), nullable=False, server_default="0"),
        Column("gated", String(8), nullable=False, server_default=""),
        Column("is_disabled", Boolean(), nullable=False, server_default=false()),
        Column("has_discussions", Boolean(), nullable=False, server_default=true()),
        Column("used_bytes", BigInteger(), nullable=False, server_default="0"),
    ]
