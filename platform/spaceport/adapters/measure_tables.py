"""What is measured over time: how busy machines are, who visits, how Spaces answer and wake."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, String, Table

from spaceport.adapters.columns import METADATA, id_column, space_column, time_column

machine_samples = Table(
    "machine_samples",
    METADATA,
    Column("runner_id", String(96), primary_key=True),
    Column("minute", Integer(), primary_key=True, index=True),
    Column("cpus", Integer(), nullable=False),
    Column("cpu_percent", Float(), nullable=False),
    Column("memory_bytes", BigInteger(), nullable=False),
    Column("memory_used_bytes", BigInteger(), nullable=False),
    Column("disk_bytes", BigInteger(), nullable=False),
    Column("disk_free_bytes", BigInteger(), nullable=False),
)

#: What gateways counted; the endpoint "" is the sum of all. ``buckets`` are counts by ``domain.visit.EDGES_MS``.
visit_calls = Table(
    "visit_calls",
    METADATA,
    Column("space_id", ForeignKey("spaces.id", ondelete="CASCADE"), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("endpoint", String(100), primary_key=True),
    Column("calls", BigInteger(), nullable=False),
    Column("errors", BigInteger(), nullable=False),
    Column("buckets", JSON(), nullable=False),
)
Index("ix_visit_calls_endpoint_day", visit_calls.c.endpoint, visit_calls.c.day)

visit_days = Table(
    "visit_days",
    METADATA,
    Column("space_id", ForeignKey("spaces.id", ondelete="CASCADE"), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("visitors", Integer(), nullable=False),
    Column("awake_minutes", Integer(), nullable=False),
    Column("wakes", Integer(), nullable=False),
    Column("wake_seconds", Float(), nullable=False),
)

wake_ups = Table(
    "wake_ups",
    METADATA,
    id_column(),
    space_column(),
    time_column("at", required=True),
    Column("seconds", Float(), nullable=False),
    Column("was_frozen", Boolean(), nullable=False),
)
Index("ix_wake_ups_at", wake_ups.c.at)
