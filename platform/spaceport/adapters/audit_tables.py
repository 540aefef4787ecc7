"""Who did what, when and from where."""

from sqlalchemy import Column, Index, Integer, String, Table

from spaceport.adapters.columns import METADATA, id_column, time_column

#: No foreign keys: what somebody did is still true when they, or what they did it to, are gone.
audit_records = Table(
    "audit_records",
    METADATA,
    id_column(),
    time_column("at", required=True),
    Column("actor", String(96), nullable=False),
    Column("action", String(40), nullable=False),
    Column("target", String(300), nullable=False),
    Column("summary", String(1000), nullable=False),
    Column("outcome", String(8), nullable=False),
    Column("status", Integer(), nullable=False),
    Column("address", String(64), nullable=False),
    Column("via", String(110), nullable=False),
)
Index("ix_audit_records_at_id", audit_records.c.at, audit_records.c.id)
