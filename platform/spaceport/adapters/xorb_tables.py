"""Tables of the xorbs: what their chunks are, and in which large files these are found."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, String, Table

from spaceport.adapters.columns import METADATA, id_column, time_column

#: The id is the hash in URL form. ``chunks`` has the hashes of all chunks laid end to end, then their lengths.
xorbs = Table(
    "xorbs",
    METADATA,
    id_column(),
    Column("chunks", LargeBinary(), nullable=False),
    time_column("created_at", required=True),
)

xorb_spans = Table(
    "xorb_spans",
    METADATA,
    Column("xorb_id", ForeignKey("xorbs.id", ondelete="CASCADE"), primary_key=True),
    Column("chunk_start", Integer(), primary_key=True),
    Column("chunk_end", Integer(), primary_key=True),
    Column("blob_id", ForeignKey("blobs.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("offset_bytes", BigInteger(), nullable=False),
)

#: Who sent the xorbs that are files still, because not all of their chunks are in large files.
sent_xorbs = Table(
    "sent_xorbs",
    METADATA,
    Column("xorb_id", String(64), primary_key=True),
    Column("sender_id", String(64), primary_key=True, index=True),
    Column("size_bytes", BigInteger(), nullable=False),
    time_column("created_at", required=True),
)
