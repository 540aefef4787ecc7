"""What lists of repos are searched and filtered by: words of heads and cards, stages and hardware of Spaces."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "repo_texts",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("repo_id", sa.String(length=64), nullable=False),
        sa.Column("repo_type", sa.String(length=16), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("card", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_repo_texts")),
    )
    op.create_index("uq_repo_texts_repo_id", "repo_texts", ["repo_id"], unique=True)
    op.create_index("ix_spaces_stage", "spaces", ["stage"], unique=False)
    op.create_index("ix_spaces_hardware", "spaces", ["hardware"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        _words_of_sqlite()
    elif op.get_bind().dialect.name == "postgresql":
        _words_of_postgresql()


def _words_of_sqlite() -> None:
    """
    Two indexes of words over ``repo_texts``, kept by triggers; they hold no text of their own.

    Source: SQLite's documentation of FTS5, section 4.4.3 (external content tables).
    """
    if not op.get_bind().execute(sa.text("SELECT sqlite_compileoption_used('ENABLE_FTS5')")).scalar():
        return
    # Heads are searched from the first letter on; of cards such an index would be larger than the cards.
    for name, columns, prefix in (("heads", "head", "prefix='1 2 3', "), ("texts", "head, card", "")):
        table = f"repo_search_{name}"
        op.execute(
            f"CREATE VIRTUAL TABLE {table} USING fts5({columns}, content='repo_texts', content_rowid='number', "
            f"columnsize=0, {prefix}tokenize='unicode61 remove_diacritics 0')"
        )
        new, old = (", ".join(f"{row}.{each}" for each in columns.split(", ")) for row in ("NEW", "OLD"))
        add = f"INSERT INTO {table} (rowid, {columns}) VALUES (NEW.number, {new});"
        remove = f"INSERT INTO {table} ({table}, rowid, {columns}) VALUES ('delete', OLD.number, {old});"
        op.execute(f"CREATE TRIGGER {table}_add AFTER INSERT ON repo_texts BEGIN {add} END")
        op.execute(f"CREATE TRIGGER {table}_remove AFTER DELETE ON repo_texts BEGIN {remove} END")
        op.execute(f"CREATE TRIGGER {table}_change AFTER UPDATE OF {columns} ON repo_texts BEGIN {remove} {add} END")


def _words_of_postgresql() -> None:
    for name, text in (("head", "head"), ("card", "head || card")):
        op.execute(f"CREATE INDEX ix_repo_texts_{name} ON repo_texts USING gin (to_tsvector('simple', {text}))")
