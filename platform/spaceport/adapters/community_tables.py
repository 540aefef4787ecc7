"""The tables of what people say about repos, beside those of ``hub_tables``: attachments, collections."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, false

from spaceport.adapters.columns import METADATA, id_column, time_column

#: The last number that a repo gave to a discussion: those of deleted ones are never given again.
discussion_numbers = Table(
    "discussion_numbers",
    METADATA,
    Column("repo_id", String(64), primary_key=True),
    Column("last_number", Integer(), nullable=False),
)

collections = Table(
    "collections",
    METADATA,
    id_column(),
    Column("owner_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("owner", String(96), nullable=False),
    Column("creator_id", String(64)),
    Column("title", String(200), nullable=False),
    Column("slug_title", String(100), nullable=False),
    Column("description", String(500), nullable=False),
    Column("private", Boolean(), nullable=False, server_default=false()),
    Column("theme", String(16), nullable=False),
    Column("position", Integer(), nullable=False),
    Column("upvotes", Integer(), nullable=False, server_default="0"),
    time_column("created_at", required=True),
    time_column("updated_at", required=True),
)
Index("ix_collections_updated_at", collections.c.updated_at)

collection_items = Table(
    "collection_items",
    METADATA,
    id_column(),
    Column("collection_id", ForeignKey("collections.id", ondelete="CASCADE"), nullable=False),
    Column("type", String(16), nullable=False),
    Column("target", String(64), nullable=False),
    Column("position", Integer(), nullable=False),
    Column("note", String(1000), nullable=False),
    time_column("created_at", required=True),
)
Index(
    "uq_collection_items_collection_id_type_target",
    collection_items.c.collection_id,
    collection_items.c.type,
    collection_items.c.target,
    unique=True,
)
Index("ix_collection_items_target", collection_items.c.target)

#: Files attached to discussions; they keep their blob from being collected.
attachments = Table(
    "attachments",
    METADATA,
    id_column(),
    Column("blob_id", ForeignKey("blobs.id"), nullable=False, index=True),
    Column("media_type", String(64), nullable=False),
    Column("size_bytes", BigInteger(), nullable=False),
    Column("author_id", String(64), nullable=False, index=True),
    time_column("created_at", required=True),
)
