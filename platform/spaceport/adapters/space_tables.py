"""Tables of what Spaces have beside their own row: domains."""

from sqlalchemy import Column, Index, String, Table

from spaceport.adapters.columns import METADATA, id_column, space_column, time_column

#: One domain may wait at several Spaces; of the active ones, each is there once.
custom_domains = Table(
    "custom_domains",
    METADATA,
    id_column(),
    space_column(),
    Column("domain", String(253), nullable=False, index=True),
    Column("token", String(64), nullable=False),
    Column("status", String(16), nullable=False, index=True),
    time_column("created_at", required=True),
    Column("created_by", String(96), nullable=False),
    time_column("checked_at"),
    time_column("asked_at"),
    time_column("active_at"),
    Column("problem", String(500)),
)
Index("uq_custom_domains_space_id_domain", custom_domains.c.space_id, custom_domains.c.domain, unique=True)
