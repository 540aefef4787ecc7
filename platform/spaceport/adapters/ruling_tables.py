"""What admins decided: machines that take nothing new, and how much single owners may have."""

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Integer, String, Table, false

from spaceport.adapters.columns import METADATA, time_column

#: Of machines and their builders, by name. Nothing is known of a machine but what it reports, so there is no key to it.
drains = Table(
    "drains",
    METADATA,
    Column("name", String(110), primary_key=True),
    time_column("since", required=True),
    Column("by", String(96), nullable=False),
    Column("reason", String(300), nullable=False, server_default=""),
    Column("moves", Boolean(), nullable=False, server_default=false()),
)

#: A value that is not there: as for everybody.
quotas = Table(
    "quotas",
    METADATA,
    Column("owner_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    time_column("changed_at", required=True),
    Column("changed_by", String(96), nullable=False),
    Column("spaces", Integer()),
    Column("running", Integer()),
    Column("memory_bytes", BigInteger()),
    Column("cpus", Float()),
    Column("gpus", Integer()),
    Column("storage_bytes", BigInteger()),
)
