"""Apps that sign people in: what they are granted, and the codes and sessions between; audit log, measures."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _id(name: str = "id", required: bool = True) -> "sa.Column[str]":
    return sa.Column(name, sa.String(length=64), nullable=not required)


def _text(name: str, length: int, required: bool = True) -> "sa.Column[str]":
    return sa.Column(name, sa.String(length=length), nullable=not required)


def _time(name: str, required: bool = True) -> "sa.Column[object]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not required)


def upgrade() -> None:
    op.create_table(
        "oauth_apps",
        _id(),
        _text("name", 200),
        _time("created_at"),
        _id("space_id", required=False),
        sa.Column("sealed_secret", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_oauth_apps_space_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_apps")),
        sa.UniqueConstraint("space_id", name=op.f("uq_oauth_apps_space_id")),
    )
    op.create_table(
        "oauth_grants",
        _id(),
        _id("app_id"),
        _id("user_id"),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("org_ids", sa.JSON(), nullable=False),
        _time("created_at"),
        _time("updated_at"),
        sa.ForeignKeyConstraint(["app_id"], ["oauth_apps.id"], name=op.f("fk_oauth_grants_app_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_oauth_grants_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_grants")),
    )
    op.create_index(op.f("ix_oauth_grants_app_id"), "oauth_grants", ["app_id"], unique=False)
    op.create_index("uq_oauth_grants_user_id_app_id", "oauth_grants", ["user_id", "app_id"], unique=True)
    op.create_table(
        "oauth_sessions",
        _id(),
        _id("grant_id"),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("org_ids", sa.JSON(), nullable=False),
        _time("created_at"),
        _id("refresh_hash", required=False),
        _id("spent_hash", required=False),
        _time("rotated_at", required=False),
        _time("expires_at"),
        _of_grant("oauth_sessions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_sessions")),
        sa.UniqueConstraint("refresh_hash", name=op.f("uq_oauth_sessions_refresh_hash")),
    )
    op.create_index(op.f("ix_oauth_sessions_grant_id"), "oauth_sessions", ["grant_id"], unique=False)
    op.create_index(op.f("ix_oauth_sessions_spent_hash"), "oauth_sessions", ["spent_hash"], unique=False)
    op.create_index("ix_oauth_sessions_expires_at", "oauth_sessions", ["expires_at"], unique=False)
    _codes()
    _audit()
    _measures()
    # On SQLite the table is copied for the sake of the foreign key. It is named here as it was: reading it from the
    # database would read the table of users, too, whose index of lower-case names cannot be read.
    with op.batch_alter_table("access_tokens", copy_from=_tokens_before()) as tokens:
        tokens.add_column(_id("oauth_session_id", required=False))
        name = op.f("fk_access_tokens_oauth_session_id")
        tokens.create_foreign_key(name, "oauth_sessions", ["oauth_session_id"], ["id"], ondelete="CASCADE")
        tokens.create_index(op.f("ix_access_tokens_oauth_session_id"), ["oauth_session_id"], unique=False)


def _tokens_before() -> sa.Table:
    table = sa.Table(
        "access_tokens",
        sa.MetaData(),
        _id(),
        _id("user_id"),
        _text("name", 96),
        _text("role", 16),
        _text("token_hash", 64),
        _time("created_at"),
        sa.Column("scopes", sa.JSON(), nullable=True),
        _time("expires_at", required=False),
        _time("last_used_at", required=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_access_tokens_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_access_tokens"),
        sa.UniqueConstraint("token_hash", name="uq_access_tokens_token_hash"),
    )
    sa.Index("ix_access_tokens_user_id", table.c.user_id)
    return table


def _codes() -> None:
    op.create_table(
        "oauth_codes",
        _id(),
        _id("grant_id"),
        _id("app_id"),
        _text("redirect_uri", 2000),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("org_ids", sa.JSON(), nullable=False),
        _time("created_at"),
        _time("expires_at"),
        _text("nonce", 500, required=False),
        _id("code_challenge", required=False),
        _id("session_id", required=False),
        _of_grant("oauth_codes"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_codes")),
    )
    op.create_index(op.f("ix_oauth_codes_grant_id"), "oauth_codes", ["grant_id"], unique=False)
    op.create_table(
        "oauth_devices",
        _id(),
        _text("user_code", 16),
        _id("app_id"),
        sa.Column("scopes", sa.JSON(), nullable=False),
        _text("address", 64),
        _time("created_at"),
        _time("expires_at"),
        _text("status", 16),
        _id("grant_id", required=False),
        sa.Column("interval_seconds", sa.Integer(), nullable=False),
        _time("last_polled_at", required=False),
        _of_grant("oauth_devices"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_devices")),
        sa.UniqueConstraint("user_code", name=op.f("uq_oauth_devices_user_code")),
    )
    op.create_index(op.f("ix_oauth_devices_grant_id"), "oauth_devices", ["grant_id"], unique=False)


def _of_grant(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_grant_id")
    return sa.ForeignKeyConstraint(["grant_id"], ["oauth_grants.id"], name=name, ondelete="CASCADE")


def _audit() -> None:
    op.create_table(
        "audit_records",
        _id(),
        _time("at"),
        _text("actor", 96),
        _text("action", 40),
        _text("target", 300),
        _text("summary", 1000),
        _text("outcome", 8),
        sa.Column("status", sa.Integer(), nullable=False),
        _text("address", 64),
        _text("via", 110),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_records")),
    )
    op.create_index("ix_audit_records_at_id", "audit_records", ["at", "id"], unique=False)


def _measures() -> None:
    op.create_table(
        "machine_samples",
        _text("runner_id", 96),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("cpus", sa.Integer(), nullable=False),
        sa.Column("cpu_percent", sa.Float(), nullable=False),
        sa.Column("memory_bytes", sa.BigInteger(), nullable=False),
        sa.Column("memory_used_bytes", sa.BigInteger(), nullable=False),
        sa.Column("disk_bytes", sa.BigInteger(), nullable=False),
        sa.Column("disk_free_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("runner_id", "minute", name=op.f("pk_machine_samples")),
    )
    op.create_index(op.f("ix_machine_samples_minute"), "machine_samples", ["minute"], unique=False)
    op.create_table(
        "visit_calls",
        _id("space_id"),
        _text("day", 10),
        _text("endpoint", 100),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("errors", sa.BigInteger(), nullable=False),
        sa.Column("buckets", sa.JSON(), nullable=False),
        _of_space("visit_calls"),
        sa.PrimaryKeyConstraint("space_id", "day", "endpoint", name=op.f("pk_visit_calls")),
    )
    op.create_index("ix_visit_calls_endpoint_day", "visit_calls", ["endpoint", "day"], unique=False)
    op.create_table(
        "visit_days",
        _id("space_id"),
        _text("day", 10),
        sa.Column("visitors", sa.Integer(), nullable=False),
        sa.Column("awake_minutes", sa.Integer(), nullable=False),
        sa.Column("wakes", sa.Integer(), nullable=False),
        sa.Column("wake_seconds", sa.Float(), nullable=False),
        _of_space("visit_days"),
        sa.PrimaryKeyConstraint("space_id", "day", name=op.f("pk_visit_days")),
    )
    op.create_table(
        "wake_ups",
        _id(),
        _id("space_id"),
        _time("at"),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("was_frozen", sa.Boolean(), nullable=False),
        _of_space("wake_ups"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wake_ups")),
    )
    op.create_index(op.f("ix_wake_ups_space_id"), "wake_ups", ["space_id"], unique=False)
    op.create_index("ix_wake_ups_at", "wake_ups", ["at"], unique=False)


def _of_space(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f(f"fk_{table}_space_id"), ondelete="CASCADE")
