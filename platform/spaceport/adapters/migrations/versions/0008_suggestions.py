"""What to try where something failed; each area has a function of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _releases()


def _releases() -> None:
    op.add_column("releases", sa.Column("suggestion", sa.String(length=2000), nullable=True))
