"""What admins decide, repos mounted in Spaces, what people hear of; each area has a function of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _rulings()
    _mounts()
    _notices()
    _xet_names()
    _domains()
    _timers()


def _rulings() -> None:
    op.create_table(
        "drains",
        sa.Column("name", sa.String(length=110), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=96), nullable=False),
        sa.Column("reason", sa.String(length=300), server_default="", nullable=False),
        sa.Column("moves", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_drains")),
    )
    op.create_table(
        "quotas",
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=96), nullable=False),
        sa.Column("spaces", sa.Integer(), nullable=True),
        sa.Column("running", sa.Integer(), nullable=True),
        sa.Column("memory_bytes", sa.BigInteger(), nullable=True),
        sa.Column("cpus", sa.Float(), nullable=True),
        sa.Column("gpus", sa.Integer(), nullable=True),
        sa.Column("storage_bytes", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_quotas_owner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("owner_id", name=op.f("pk_quotas")),
    )


def _mounts() -> None:
    op.add_column("spaces", sa.Column("mounts", sa.JSON(), server_default="[]", nullable=False))


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("repo_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=96), nullable=False),
        sa.Column("audience", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.String(length=96), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notices_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index("ix_notices_repo_id", "notices", ["repo_id"], unique=False)
    op.create_index("ix_notices_subject", "notices", ["subject"], unique=False)
    op.create_index("ix_notices_user_id_at", "notices", ["user_id", "at"], unique=False)
    op.create_table(
        "notice_choices",
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("quiet", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notice_choices_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_notice_choices")),
    )
    op.create_table(
        "watches",
        sa.Column("repo_id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_watches_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("repo_id", "user_id", name=op.f("pk_watches")),
    )
    op.create_index("ix_watches_user_id", "watches", ["user_id"], unique=False)
    # What happened before is news to nobody.
    op.execute("INSERT INTO cursors (id, number) SELECT 'notices', coalesce(max(number), 0) FROM happenings")


def _xet_names() -> None:
    """Rights of before keep none: their files are told by their SHA-256."""
    op.add_column("repo_blobs", sa.Column("xet_hash", sa.String(length=64), nullable=True))
    op.create_index("ix_repo_blobs_repo_id_xet_hash", "repo_blobs", ["repo_id", "xet_hash"], unique=False)


def _domains() -> None:
    op.create_table(
        "custom_domains",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("space_id", sa.String(length=64), nullable=False),
        sa.Column("domain", sa.String(length=253), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=96), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("active_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["space_id"], ["spaces.id"], name=op.f("fk_custom_domains_space_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_domains")),
    )
    op.create_index("ix_custom_domains_space_id", "custom_domains", ["space_id"], unique=False)
    op.create_index("ix_custom_domains_domain", "custom_domains", ["domain"], unique=False)
    op.create_index("ix_custom_domains_status", "custom_domains", ["status"], unique=False)
    op.create_index("uq_custom_domains_space_id_domain", "custom_domains", ["space_id", "domain"], unique=True)


def _timers() -> None:
    op.create_table(
        "timers",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("space_id", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("line", sa.String(length=520), nullable=False),
        sa.Column("zone", sa.String(length=100), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.String(length=96), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name=op.f("fk_timers_space_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timers")),
    )
    op.create_index("ix_timers_space_id", "timers", ["space_id"], unique=False)
    op.create_index("ix_timers_next_at", "timers", ["next_at"], unique=False)
    op.create_table(
        "timer_runs",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("timer_id", sa.String(length=64), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(length=16), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["timer_id"], ["timers.id"], name=op.f("fk_timer_runs_timer_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timer_runs")),
    )
    op.create_index("ix_timer_runs_timer_id", "timer_runs", ["timer_id"], unique=False)
