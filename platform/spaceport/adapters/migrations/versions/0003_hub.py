"""The hub: organizations and their members, tags, large files, likes, discussions, old names of models and datasets."""

import sqlite3

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _accounts()
    _repos()
    _large_files()
    _xorbs()
    _likes()
    _discussions()
    _collections()
    _attachments()
    _webhooks()
    _lists()
    _access_requests()


def _id(name: str = "id", required: bool = True) -> "sa.Column[str]":
    return sa.Column(name, sa.String(length=64), nullable=not required)


def _text(name: str, length: int, required: bool = True, default: str | None = None) -> "sa.Column[str]":
    return sa.Column(name, sa.String(length=length), nullable=not required, server_default=default)


def _time(name: str, required: bool = True) -> "sa.Column[object]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not required)


def _accounts() -> None:
    op.add_column("users", _text("kind", 8, default="user"))
    op.add_column("users", _text("fullname", 200, default=""))
    op.add_column("users", _text("email", 320, required=False))
    op.add_column("access_tokens", sa.Column("scopes", sa.JSON(), nullable=True))
    op.add_column("access_tokens", _time("expires_at", required=False))
    op.add_column("access_tokens", _time("last_used_at", required=False))
    op.add_column("sessions", _text("browser", 300, default=""))
    op.create_table(
        "memberships",
        _id(),
        _id("org_id"),
        _id("user_id"),
        _text("role", 16),
        _time("created_at"),
        sa.ForeignKeyConstraint(["org_id"], ["users.id"], name=op.f("fk_memberships_org_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memberships_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
    )
    op.create_index(op.f("ix_memberships_user_id"), "memberships", ["user_id"], unique=False)
    op.create_index("uq_memberships_org_id_user_id", "memberships", ["org_id", "user_id"], unique=True)


def _repos() -> None:
    for table in ("spaces", "repos"):
        op.add_column(table, _id("creator_id", required=False))
        op.add_column(table, sa.Column("tags", sa.JSON(), server_default="[]", nullable=False))
        op.add_column(table, sa.Column("description", sa.Text(), server_default="", nullable=False))
        op.add_column(table, sa.Column("likes", sa.Integer(), server_default="0", nullable=False))
        op.add_column(table, sa.Column("downloads", sa.Integer(), server_default="0", nullable=False))
        op.add_column(table, sa.Column("trending", sa.Float(), server_default="0", nullable=False))
        op.add_column(table, _text("gated", 8, default=""))
        op.add_column(table, sa.Column("is_disabled", sa.Boolean(), server_default=sa.false(), nullable=False))
        op.add_column(table, sa.Column("has_discussions", sa.Boolean(), server_default=sa.true(), nullable=False))
        op.add_column(table, sa.Column("used_bytes", sa.BigInteger(), server_default="0", nullable=False))
        op.execute(f"UPDATE {table} SET creator_id = owner_id")
    op.add_column("spaces", sa.Column("volume_is_stale", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("spaces", sa.Column("is_app_open", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("repos", _text("pipeline_tag", 96, required=False))
    op.add_column("repos", _text("library_name", 96, required=False))
    op.add_column("repos", sa.Column("config", sa.JSON(), nullable=True))
    op.add_column("repos", sa.Column("safetensors", sa.JSON(), nullable=True))
    op.add_column("repos", sa.Column("gguf", sa.JSON(), nullable=True))
    op.add_column("repos", sa.Column("parameters", sa.BigInteger(), nullable=True))
    op.create_table(
        "repo_tags",
        _id("repo_id"),
        _text("tag", 200),
        _text("repo_type", 16),
        sa.PrimaryKeyConstraint("repo_id", "tag", name=op.f("pk_repo_tags")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_repo_tags_repo_type_tag_repo_id", "repo_tags", ["repo_type", "tag", "repo_id"], unique=False)
    op.create_table(
        "repo_redirects",
        _id(),
        _id("repo_id"),
        _text("type", 16),
        _text("owner", 96),
        _text("name", 96),
        _time("created_at"),
        sa.ForeignKeyConstraint(["repo_id"], ["repos.id"], name=op.f("fk_repo_redirects_repo_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repo_redirects")),
    )
    op.create_index(op.f("ix_repo_redirects_repo_id"), "repo_redirects", ["repo_id"], unique=False)
    op.create_index(
        "uq_repo_redirects_type_owner_name",
        "repo_redirects",
        ["type", sa.text("lower(owner)"), sa.text("lower(name)")],
        unique=True,
    )


def _large_files() -> None:
    op.create_table(
        "blobs",
        _id(),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        _id("xet_hash", required=False),
        _time("created_at"),
        sa.Column("removing_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blobs")),
    )
    op.create_index(op.f("ix_blobs_xet_hash"), "blobs", ["xet_hash"], unique=False)
    op.create_table(
        "repo_blobs",
        _id("repo_id"),
        _id("blob_id"),
        _time("created_at"),
        sa.Column("unnamed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sender_id", sa.String(64), nullable=True),
        sa.ForeignKeyConstraint(["blob_id"], ["blobs.id"], name=op.f("fk_repo_blobs_blob_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("repo_id", "blob_id", name=op.f("pk_repo_blobs")),
    )
    op.create_index(op.f("ix_repo_blobs_blob_id"), "repo_blobs", ["blob_id"], unique=False)
    op.create_index(op.f("ix_repo_blobs_sender_id"), "repo_blobs", ["sender_id"], unique=False)


def _xorbs() -> None:
    op.create_table(
        "xorbs",
        _id(),
        sa.Column("chunks", sa.LargeBinary(), nullable=False),
        _time("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_xorbs")),
    )
    op.create_table(
        "xorb_spans",
        _id("xorb_id"),
        sa.Column("chunk_start", sa.Integer(), nullable=False),
        sa.Column("chunk_end", sa.Integer(), nullable=False),
        _id("blob_id"),
        sa.Column("offset_bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["xorb_id"], ["xorbs.id"], name=op.f("fk_xorb_spans_xorb_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["blob_id"], ["blobs.id"], name=op.f("fk_xorb_spans_blob_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("xorb_id", "chunk_start", "chunk_end", "blob_id", name=op.f("pk_xorb_spans")),
    )
    op.create_index(op.f("ix_xorb_spans_blob_id"), "xorb_spans", ["blob_id"], unique=False)
    op.create_table(
        "sent_xorbs",
        _id("xorb_id"),
        _id("sender_id"),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        _time("created_at"),
        sa.PrimaryKeyConstraint("xorb_id", "sender_id", name=op.f("pk_sent_xorbs")),
    )
    op.create_index(op.f("ix_sent_xorbs_sender_id"), "sent_xorbs", ["sender_id"], unique=False)


def _likes() -> None:
    op.create_table(
        "likes",
        _id("repo_id"),
        _id("user_id"),
        _text("repo_type", 16),
        _time("created_at"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_likes_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("repo_id", "user_id", name=op.f("pk_likes")),
    )
    op.create_index(op.f("ix_likes_user_id"), "likes", ["user_id"], unique=False)


def _discussions() -> None:
    op.create_table(
        "discussions",
        _id(),
        _id("repo_id"),
        _text("repo_type", 16),
        sa.Column("number", sa.Integer(), nullable=False),
        _text("title", 500),
        _text("status", 16),
        sa.Column("is_pull_request", sa.Boolean(), server_default=sa.false(), nullable=False),
        _id("author_id"),
        _text("author", 96),
        _text("base", 250, required=False),
        _text("base_sha", 40, required=False),
        _text("merge_sha", 40, required=False),
        _time("created_at"),
        _time("updated_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discussions")),
    )
    op.create_index(op.f("ix_discussions_author_id"), "discussions", ["author_id"], unique=False)
    op.create_index("uq_discussions_repo_id_number", "discussions", ["repo_id", "number"], unique=True)
    op.create_table(
        "discussion_events",
        _id(),
        _id("discussion_id"),
        sa.Column("position", sa.Integer(), nullable=False),
        _text("type", 24),
        _id("author_id"),
        _text("author", 96),
        sa.Column("data", sa.JSON(), nullable=False),
        _time("created_at"),
        sa.ForeignKeyConstraint(
            ["discussion_id"], ["discussions.id"], name=op.f("fk_discussion_events_discussion_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discussion_events")),
    )
    op.create_index(op.f("ix_discussion_events_discussion_id"), "discussion_events", ["discussion_id"], unique=False)
    op.create_table(
        "discussion_numbers",
        _id("repo_id"),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("repo_id", name=op.f("pk_discussion_numbers")),
    )


def _collections() -> None:
    op.create_table(
        "collections",
        _id(),
        _id("owner_id"),
        _text("owner", 96),
        _id("creator_id", required=False),
        _text("title", 200),
        _text("slug_title", 100),
        _text("description", 500),
        sa.Column("private", sa.Boolean(), server_default=sa.false(), nullable=False),
        _text("theme", 16),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("upvotes", sa.Integer(), server_default="0", nullable=False),
        _time("created_at"),
        _time("updated_at"),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_collections_owner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collections")),
    )
    op.create_index(op.f("ix_collections_owner_id"), "collections", ["owner_id"], unique=False)
    op.create_index("ix_collections_updated_at", "collections", ["updated_at"], unique=False)
    op.create_table(
        "collection_items",
        _id(),
        _id("collection_id"),
        _text("type", 16),
        _text("target", 64),
        sa.Column("position", sa.Integer(), nullable=False),
        _text("note", 1000),
        _time("created_at"),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collections.id"], name=op.f("fk_collection_items_collection_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection_items")),
    )
    op.create_index(
        "uq_collection_items_collection_id_type_target",
        "collection_items",
        ["collection_id", "type", "target"],
        unique=True,
    )
    op.create_index("ix_collection_items_target", "collection_items", ["target"], unique=False)


def _webhooks() -> None:
    op.add_column("webhooks", _time("day_began_at", required=False))
    op.add_column("webhooks", sa.Column("day_deliveries", sa.Integer(), server_default="0", nullable=False))


def _lists() -> None:
    for column in ("trending", "created_at", "modified_at", "likes", "downloads"):
        op.create_index(f"ix_spaces_{column}_id", "spaces", [column, "id"], unique=False)
        op.create_index(f"ix_repos_type_{column}_id", "repos", ["type", column, "id"], unique=False)
    op.create_index("ix_repos_type_gated", "repos", ["type", "gated"], unique=False)
    op.create_index("ix_repos_type_parameters", "repos", ["type", "parameters"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        _search_of_sqlite()
    elif op.get_bind().dialect.name == "postgresql":
        _search_of_postgresql()


def _search_of_sqlite() -> None:
    """
    An index of the trigrams of names, kept by triggers. It is no table of the models: without FTS5 it is not there.

    A later migration that copies ``spaces`` or ``repos`` (``batch_alter_table``) must make their triggers anew.
    """
    bind = op.get_bind()
    has_fts5 = bind.execute(sa.text("SELECT sqlite_compileoption_used('ENABLE_FTS5')")).scalar()
    if not has_fts5 or sqlite3.sqlite_version_info < (3, 34):
        return
    op.execute(
        "CREATE VIRTUAL TABLE repo_search USING fts5(repo_id UNINDEXED, repo_type UNINDEXED, name, tokenize='trigram')"
    )
    for table, kind in (("spaces", "'space'"), ("repos", "NEW.type")):
        add = (
            f"INSERT INTO repo_search (repo_id, repo_type, name) VALUES (NEW.id, {kind}, NEW.owner || '/' || NEW.name);"
        )
        remove = "DELETE FROM repo_search WHERE repo_id = OLD.id;"
        op.execute(f"CREATE TRIGGER {table}_search_add AFTER INSERT ON {table} BEGIN {add} END")
        op.execute(f"CREATE TRIGGER {table}_search_remove AFTER DELETE ON {table} BEGIN {remove} END")
        op.execute(
            f"CREATE TRIGGER {table}_search_rename AFTER UPDATE OF owner, name ON {table} BEGIN {remove} {add} END"
        )
        column = kind.replace("NEW.", "")
        op.execute(
            f"INSERT INTO repo_search (repo_id, repo_type, name) SELECT id, {column}, owner || '/' || name FROM {table}"
        )


def _search_of_postgresql() -> None:
    """The same with pg_trgm; without the right to create extensions, names are looked through one by one."""
    op.execute(
        "DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS pg_trgm; EXCEPTION WHEN OTHERS THEN RAISE NOTICE '%', SQLERRM; "
        "END $$"
    )
    if op.get_bind().execute(sa.text("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")).scalar():
        for table in ("spaces", "repos"):
            op.execute(
                f"CREATE INDEX ix_{table}_search ON {table} USING gin (lower(owner || '/' || name) gin_trgm_ops)"
            )


def _attachments() -> None:
    op.create_table(
        "attachments",
        _id(),
        _id("blob_id"),
        _text("media_type", 64),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        _id("author_id"),
        _time("created_at"),
        sa.ForeignKeyConstraint(["blob_id"], ["blobs.id"], name=op.f("fk_attachments_blob_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index(op.f("ix_attachments_blob_id"), "attachments", ["blob_id"], unique=False)
    op.create_index(op.f("ix_attachments_author_id"), "attachments", ["author_id"], unique=False)


def _access_requests() -> None:
    op.create_table(
        "access_requests",
        _id(),
        _id("repo_id"),
        _id("user_id"),
        _text("status", 16),
        _time("created_at"),
        sa.Column("fields", sa.JSON(), nullable=True),
        _text("rejection_reason", 1000, required=False),
        _text("handled_by", 96, required=False),
        sa.Column("granted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_access_requests_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_requests")),
    )
    op.create_index("ix_access_requests_user_id_status", "access_requests", ["user_id", "status"], unique=False)
    op.create_index("uq_access_requests_repo_id_user_id", "access_requests", ["repo_id", "user_id"], unique=True)
