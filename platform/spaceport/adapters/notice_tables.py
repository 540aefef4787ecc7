"""The tables of what people hear of. ``repo_id`` is the id of a row of ``repos`` or of ``spaces``, as elsewhere."""

from sqlalchemy import JSON, Column, ForeignKey, Index, String, Table

from spaceport.adapters.columns import METADATA, id_column, time_column

notices = Table(
    "notices",
    METADATA,
    id_column(),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("repo_id", String(64), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("subject", String(96), nullable=False, index=True),
    Column("audience", String(16), nullable=False),
    Column("actor", String(96), nullable=False),
    Column("details", JSON(), nullable=False),
    time_column("at", required=True),
    time_column("read_at"),
)
Index("ix_notices_user_id_at", notices.c.user_id, notices.c.at)

#: One row per person who chose; ``quiet`` has the kinds that they do not want to hear of.
notice_choices = Table(
    "notice_choices",
    METADATA,
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("quiet", JSON(), nullable=False),
)

watches = Table(
    "watches",
    METADATA,
    Column("repo_id", String(64), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("level", String(16), nullable=False),
    time_column("created_at", required=True),
)
