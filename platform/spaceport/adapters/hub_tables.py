"""The tables of the hub beside the repos themselves: members, tags, large files, likes, discussions, old names."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, false, func

from spaceport.adapters.columns import METADATA, id_column, time_column

memberships = Table(
    "memberships",
    METADATA,
    id_column(),
    Column("org_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("role", String(16), nullable=False),
    time_column("created_at", required=True),
)
Index("uq_memberships_org_id_user_id", memberships.c.org_id, memberships.c.user_id, unique=True)

#: The tags of all repos, Spaces too: what lists are filtered by. ``repo_id`` has no foreign key, here and below: it is
#: the id of a row of ``repos`` or of ``spaces``.
repo_tags = Table(
    "repo_tags",
    METADATA,
    Column("repo_id", String(64), primary_key=True),
    Column("tag", String(200), primary_key=True),
    Column("repo_type", String(16), nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_repo_tags_repo_type_tag_repo_id", repo_tags.c.repo_type, repo_tags.c.tag, repo_tags.c.repo_id)

#: Large files; the id is the SHA-256 of their bytes. ``xet_hash`` is the other name of the same bytes.
blobs = Table(
    "blobs",
    METADATA,
    id_column(),
    Column("size_bytes", BigInteger(), nullable=False),
    Column("xet_hash", String(64), index=True),
    time_column("created_at", required=True),
    time_column("removing_at"),
)

#: Which repo may use which large file: knowing a hash gives no access to the bytes. Who sent one, and
#: answers for it, is known until a branch names it. ``xet_hash`` is there if the file came to this repo by Xet,
#: whatever others did.
repo_blobs = Table(
    "repo_blobs",
    METADATA,
    Column("repo_id", String(64), primary_key=True),
    Column("blob_id", ForeignKey("blobs.id", ondelete="CASCADE"), primary_key=True, index=True),
    time_column("created_at", required=True),
    time_column("unnamed_at"),
    Column("sender_id", String(64), index=True),
    Column("xet_hash", String(64)),
)
Index("ix_repo_blobs_repo_id_xet_hash", repo_blobs.c.repo_id, repo_blobs.c.xet_hash)

likes = Table(
    "likes",
    METADATA,
    Column("repo_id", String(64), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("repo_type", String(16), nullable=False),
    time_column("created_at", required=True),
)

discussions = Table(
    "discussions",
    METADATA,
    id_column(),
    Column("repo_id", String(64), nullable=False),
    Column("repo_type", String(16), nullable=False),
    Column("number", Integer(), nullable=False),
    Column("title", String(500), nullable=False),
    Column("status", String(16), nullable=False),
    Column("is_pull_request", Boolean(), nullable=False, server_default=false()),
    Column("author_id", String(64), nullable=False, index=True),
    Column("author", String(96), nullable=False),
    Column("base", String(250)),
    Column("base_sha", String(40)),
    Column("merge_sha", String(40)),
    time_column("created_at", required=True),
    time_column("updated_at", required=True),
)
Index("uq_discussions_repo_id_number", discussions.c.repo_id, discussions.c.number, unique=True)

discussion_events = Table(
    "discussion_events",
    METADATA,
    id_column(),
    Column("discussion_id", ForeignKey("discussions.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("position", Integer(), nullable=False),
    Column("type", String(24), nullable=False),
    Column("author_id", String(64), nullable=False),
    Column("author", String(96), nullable=False),
    Column("data", JSON(), nullable=False),
    time_column("created_at", required=True),
)

#: Names that models and datasets had before; those of Spaces are in ``redirects``.
repo_redirects = Table(
    "repo_redirects",
    METADATA,
    id_column(),
    Column("repo_id", ForeignKey("repos.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("type", String(16), nullable=False),
    Column("owner", String(96), nullable=False),
    Column("name", String(96), nullable=False),
    time_column("created_at", required=True),
)
Index(
    "uq_repo_redirects_type_owner_name",
    repo_redirects.c.type,
    func.lower(repo_redirects.c.owner),
    func.lower(repo_redirects.c.name),
    unique=True,
)
