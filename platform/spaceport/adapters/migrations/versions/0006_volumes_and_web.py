"""What admins decide about machines and owners, and repos mounted in Spaces; each area has a function of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _rulings()
    _mounts()


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
