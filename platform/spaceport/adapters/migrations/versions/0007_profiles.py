"""What people say about themselves; each area has a function of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _profiles()
    _domains()


def _profiles() -> None:
    op.add_column("users", sa.Column("bio", sa.String(length=500), server_default="", nullable=False))
    op.add_column("users", sa.Column("website", sa.String(length=310), server_default="", nullable=False))


def _domains() -> None:
    op.add_column("custom_domains", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("custom_domains", sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True))
