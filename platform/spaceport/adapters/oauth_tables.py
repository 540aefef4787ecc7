"""Apps that sign people in, what people grant them, and the codes and sessions between."""

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, Text

from spaceport.adapters.columns import METADATA, id_column, time_column

oauth_apps = Table(
    "oauth_apps",
    METADATA,
    id_column(),
    Column("name", String(200), nullable=False),
    time_column("created_at", required=True),
    Column("space_id", ForeignKey("spaces.id", ondelete="CASCADE"), unique=True),
    Column("sealed_secret", Text()),
)

oauth_grants = Table(
    "oauth_grants",
    METADATA,
    id_column(),
    Column("app_id", ForeignKey("oauth_apps.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("scopes", JSON(), nullable=False),
    Column("org_ids", JSON(), nullable=False),
    time_column("created_at", required=True),
    time_column("updated_at", required=True),
)
Index("uq_oauth_grants_user_id_app_id", oauth_grants.c.user_id, oauth_grants.c.app_id, unique=True)

oauth_sessions = Table(
    "oauth_sessions",
    METADATA,
    id_column(),
    Column("grant_id", ForeignKey("oauth_grants.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("scopes", JSON(), nullable=False),
    Column("org_ids", JSON(), nullable=False),
    time_column("created_at", required=True),
    Column("refresh_hash", String(64), unique=True),
    Column("spent_hash", String(64), index=True),
    time_column("rotated_at"),
    time_column("expires_at", required=True),
)
Index("ix_oauth_sessions_expires_at", oauth_sessions.c.expires_at)

oauth_codes = Table(
    "oauth_codes",
    METADATA,
    id_column(),
    Column("grant_id", ForeignKey("oauth_grants.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("app_id", String(64), nullable=False),
    Column("redirect_uri", String(2000), nullable=False),
    Column("scopes", JSON(), nullable=False),
    Column("org_ids", JSON(), nullable=False),
    time_column("created_at", required=True),
    time_column("expires_at", required=True),
    Column("nonce", String(500)),
    Column("code_challenge", String(64)),
    Column("session_id", String(64)),
)

oauth_devices = Table(
    "oauth_devices",
    METADATA,
    id_column(),
    Column("user_code", String(16), nullable=False, unique=True),
    Column("app_id", String(64), nullable=False),
    Column("scopes", JSON(), nullable=False),
    Column("address", String(64), nullable=False),
    time_column("created_at", required=True),
    time_column("expires_at", required=True),
    Column("status", String(16), nullable=False),
    Column("grant_id", ForeignKey("oauth_grants.id", ondelete="CASCADE"), index=True),
    Column("interval_seconds", Integer(), nullable=False),
    time_column("last_polled_at"),
)
