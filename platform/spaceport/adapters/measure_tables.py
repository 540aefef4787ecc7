"""What is measured over time: how busy machines are."""

from sqlalchemy import BigInteger, Column, Float, Integer, String, Table

from spaceport.adapters.columns import METADATA

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
