"""Deployments with their configuration, variables, secrets, sleep, volumes, renames, history and webhooks."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("sealed_secret", sa.Text(), nullable=True),
        sa.Column("watched", sa.JSON(), nullable=False),
        sa.Column("domains", sa.JSON(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_webhooks_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_index(op.f("ix_webhooks_user_id"), "webhooks", ["user_id"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("webhook_id", sa.String(length=64), nullable=False),
        sa.Column("happening_id", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("response_status", sa.Integer(), nullable=True),
        sa.Column("response", sa.String(length=2000), nullable=True),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f("fk_deliveries_webhook_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index(op.f("ix_deliveries_status"), "deliveries", ["status"], unique=False)
    op.create_index(op.f("ix_deliveries_webhook_id"), "deliveries", ["webhook_id"], unique=False)

    op.create_table(
        "happenings",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("space_id", sa.String(length=64), nullable=False),
        sa.Column("space_name", sa.String(length=200), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.String(length=96), nullable=False),
        sa.Column("summary", sa.String(length=2500), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_happenings")),
        sa.UniqueConstraint("number", name=op.f("uq_happenings_number")),
    )
    op.create_index(op.f("ix_happenings_space_id"), "happenings", ["space_id"], unique=False)

    op.create_table(
        "repos",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=96), nullable=False),
        sa.Column("name", sa.String(length=96), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("head_sha", sa.String(length=40), nullable=True),
        sa.Column("card", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_repos_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repos")),
    )
    op.create_index(op.f("ix_repos_owner_id"), "repos", ["owner_id"], unique=False)
    op.create_index(
        "uq_repos_type_owner_name", "repos", ["type", sa.text("lower(owner)"), sa.text("lower(name)")], unique=True
    )

    op.create_table(
        "cursors",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cursors")),
    )

    op.create_table(
        "redirects",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("space_id", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=96), nullable=False),
        sa.Column("name", sa.String(length=96), nullable=False),
        sa.Column("subdomain", sa.String(length=63), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_redirects_space_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redirects")),
    )
    op.create_index(op.f("ix_redirects_space_id"), "redirects", ["space_id"], unique=False)
    op.create_index(op.f("ix_redirects_subdomain"), "redirects", ["subdomain"], unique=False)

    op.create_table(
        "secrets",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("space_id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(length=96), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_secrets_space_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_secrets")),
    )
    op.create_index(op.f("ix_secrets_space_id"), "secrets", ["space_id"], unique=False)
    op.create_index("uq_secrets_space_id_key_version", "secrets", ["space_id", "key", "version"], unique=True)

    op.create_table(
        "variables",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("space_id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(length=96), nullable=False),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_variables_space_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variables")),
    )
    op.create_index(op.f("ix_variables_space_id"), "variables", ["space_id"], unique=False)
    op.create_index("uq_variables_space_id_key", "variables", ["space_id", "key"], unique=True)

    op.add_column("builds", sa.Column("requested_by", sa.String(length=96), server_default="", nullable=False))
    op.add_column("builds", sa.Column("use_lock", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("builds", sa.Column("handed_at", sa.DateTime(timezone=True), nullable=True))

    op.add_column("instances", sa.Column("restart", sa.Integer(), server_default="0", nullable=False))

    op.add_column("releases", sa.Column("kind", sa.String(length=16), server_default="push", nullable=False))
    op.add_column("releases", sa.Column("created_by", sa.String(length=96), server_default="", nullable=False))
    op.add_column("releases", sa.Column("message", sa.String(length=500), server_default="", nullable=False))
    op.add_column("releases", sa.Column("deps_hash", sa.String(length=64), server_default="", nullable=False))
    op.add_column("releases", sa.Column("lock", sa.Text(), nullable=True))
    op.add_column("releases", sa.Column("card", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("releases", sa.Column("variables", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("releases", sa.Column("secret_versions", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("releases", sa.Column("hardware", sa.String(length=64), server_default="cpu-basic", nullable=False))
    op.add_column("releases", sa.Column("source_release_id", sa.String(length=64), nullable=True))
    op.add_column("releases", sa.Column("restore_from", sa.String(length=128), server_default="", nullable=False))
    op.add_column("releases", sa.Column("build_seconds", sa.Float(), nullable=True))
    op.add_column("releases", sa.Column("status", sa.String(length=16), server_default="starting", nullable=False))
    op.add_column("releases", sa.Column("live_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("releases", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("releases", sa.Column("failure", sa.String(length=2000), nullable=True))
    op.add_column("releases", sa.Column("image_gone", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_index(op.f("ix_releases_build_id"), "releases", ["build_id"], unique=False)
    op.create_index("uq_releases_space_id_number", "releases", ["space_id", "number"], unique=True)

    op.add_column("spaces", sa.Column("sleep_seconds", sa.Integer(), nullable=True))
    op.add_column("spaces", sa.Column("rest", sa.String(length=16), server_default="awake", nullable=False))
    op.add_column("spaces", sa.Column("rest_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("spaces", sa.Column("rest_reason", sa.String(length=500), nullable=True))
    op.add_column("spaces", sa.Column("last_use_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("spaces", sa.Column("wake_tries", sa.Integer(), server_default="0", nullable=False))
    op.add_column("spaces", sa.Column("wake_seconds", sa.Float(), nullable=True))
    op.add_column("spaces", sa.Column("thaw_seconds", sa.Float(), nullable=True))
    op.add_column("spaces", sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("spaces", sa.Column("volume_bytes", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("spaces", sa.Column("volume_used_bytes", sa.BigInteger(), nullable=True))
    op.add_column("spaces", sa.Column("linked", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("spaces", sa.Column("missing_secrets", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("spaces", sa.Column("duplicated_from", sa.String(length=200), nullable=True))
    op.add_column("spaces", sa.Column("review_requested_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("spaces", sa.Column("links_version", sa.Integer(), server_default="0", nullable=False))

    # Expression indexes are not seen by autogenerate.
    op.create_index(
        "uq_redirects_owner_name", "redirects", [sa.text("lower(owner)"), sa.text("lower(name)")], unique=True
    )


def downgrade() -> None:
    op.drop_index("uq_redirects_owner_name", "redirects")
    op.drop_column("spaces", "links_version")
    op.drop_column("spaces", "review_requested_at")
    op.drop_column("spaces", "duplicated_from")
    op.drop_column("spaces", "missing_secrets")
    op.drop_column("spaces", "linked")
    op.drop_column("spaces", "volume_used_bytes")
    op.drop_column("spaces", "volume_bytes")
    op.drop_column("spaces", "waiting_since")
    op.drop_column("spaces", "thaw_seconds")
    op.drop_column("spaces", "wake_seconds")
    op.drop_column("spaces", "wake_tries")
    op.drop_column("spaces", "last_use_at")
    op.drop_column("spaces", "rest_reason")
    op.drop_column("spaces", "rest_since")
    op.drop_column("spaces", "rest")
    op.drop_column("spaces", "sleep_seconds")

    op.drop_index("uq_releases_space_id_number", "releases")
    op.drop_index(op.f("ix_releases_build_id"), "releases")
    op.drop_column("releases", "image_gone")
    op.drop_column("releases", "failure")
    op.drop_column("releases", "ended_at")
    op.drop_column("releases", "live_at")
    op.drop_column("releases", "status")
    op.drop_column("releases", "build_seconds")
    op.drop_column("releases", "restore_from")
    op.drop_column("releases", "source_release_id")
    op.drop_column("releases", "hardware")
    op.drop_column("releases", "secret_versions")
    op.drop_column("releases", "variables")
    op.drop_column("releases", "card")
    op.drop_column("releases", "lock")
    op.drop_column("releases", "deps_hash")
    op.drop_column("releases", "message")
    op.drop_column("releases", "created_by")
    op.drop_column("releases", "kind")

    op.drop_column("instances", "restart")

    op.drop_column("builds", "handed_at")
    op.drop_column("builds", "use_lock")
    op.drop_column("builds", "requested_by")

    op.drop_index("uq_variables_space_id_key", "variables")
    op.drop_index(op.f("ix_variables_space_id"), "variables")

    op.drop_table("variables")
    op.drop_index("uq_secrets_space_id_key_version", "secrets")
    op.drop_index(op.f("ix_secrets_space_id"), "secrets")

    op.drop_table("secrets")
    op.drop_index(op.f("ix_redirects_subdomain"), "redirects")
    op.drop_index(op.f("ix_redirects_space_id"), "redirects")

    op.drop_table("redirects")
    op.drop_index(op.f("ix_happenings_space_id"), "happenings")

    op.drop_table("happenings")
    op.drop_index(op.f("ix_deliveries_webhook_id"), "deliveries")
    op.drop_index(op.f("ix_deliveries_status"), "deliveries")

    op.drop_table("deliveries")
    op.drop_index(op.f("ix_webhooks_user_id"), "webhooks")

    op.drop_table("webhooks")
