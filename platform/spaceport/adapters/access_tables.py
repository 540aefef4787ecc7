"""Who asked to be let into which gated repo."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, String, Table, false

from spaceport.adapters.columns import METADATA, id_column, time_column

access_requests = Table(
    "access_requests",
    METADATA,
    id_column(),
    Column("repo_id", String(64), nullable=False),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("status", String(16), nullable=False),
    time_column("created_at", required=True),
    Column("fields", JSON()),
    Column("rejection_reason", String(1000)),
    Column("handled_by", String(96)),
    Column("granted", Boolean(), nullable=False, server_default=false()),
)
Index("uq_access_requests_repo_id_user_id", access_requests.c.repo_id, access_requests.c.user_id, unique=True)
Index("ix_access_requests_user_id_status", access_requests.c.user_id, access_requests.c.status)
