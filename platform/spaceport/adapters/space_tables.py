"""Tables of what Spaces have beside their own row: domains, timers."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

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
    time_column("seen_at"),
    time_column("gone_at"),
)
Index("uq_custom_domains_space_id_domain", custom_domains.c.space_id, custom_domains.c.domain, unique=True)

timers = Table(
    "timers",
    METADATA,
    id_column(),
    space_column(),
    Column("action", String(16), nullable=False),
    Column("line", String(520), nullable=False),
    Column("zone", String(100), nullable=False),
    # No foreign key: a timer of somebody who is gone says so when its time comes.
    Column("user_id", String(64), nullable=False),
    Column("created_by", String(96), nullable=False),
    time_column("created_at", required=True),
    time_column("next_at", required=True),
)
Index("ix_timers_next_at", timers.c.next_at)

timer_runs = Table(
    "timer_runs",
    METADATA,
    id_column(),
    Column("timer_id", ForeignKey("timers.id", ondelete="CASCADE"), nullable=False, index=True),
    time_column("due_at", required=True),
    time_column("at", required=True),
    Column("missed", Integer(), nullable=False),
    Column("result", String(16), nullable=False),
    Column("words", String(500), nullable=False),
)
